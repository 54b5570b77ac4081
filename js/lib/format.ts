/** Numbers as a person reads them: three significant digits, thin spaces, true minus signs, units. */

const THIN = "\u2009";
const MINUS = "\u2212";
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** Three significant digits: `0.0123`, `−4.56`, `12 300`, `1.2 × 10⁻⁷`. */
export function number(value: number, digits = 3): string {
  if (Number.isNaN(value)) return "not a number";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : `${MINUS}∞`;
  if (value === 0) return "0";
  const rounded = Number(value.toPrecision(digits));
  const size = Math.abs(rounded);
  if (size >= 1e7 || size < 1e-3) return scientific(rounded, digits);
  const places = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return grouped(rounded.toFixed(places));
}

/** A whole number with thin spaces between thousands: `5 000`. */
export function integer(value: number): string {
  return grouped(Math.round(value).toFixed(0));
}

/** `1 image`, `5 000 images`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${integer(n)} ${n === 1 ? one : many}`;
}

/** A share of one in percent: `62 %`, `0.31 %`. */
export function percent(share: number): string {
  const value = share * 100;
  if (value > 0 && value < 0.01) return `< 0.01${THIN}%`;
  return `${value >= 10 || value === 0 ? integer(value) : number(value, 2)}${THIN}%`;
}

/** `256 × 14 × 14`; an unknown shape is said to be so. */
export function shape(dims: readonly number[] | null): string {
  return dims ? dims.map(integer).join(" × ") : "shape unknown";
}

/** The short form for narrow places: `256×14²`. */
export function shortShape(dims: readonly number[] | null): string {
  if (!dims) return "";
  const [c = 0, h = 1, w = 1] = dims;
  if (dims.length === 3 && h * w === 1) return integer(c);
  if (dims.length !== 3) return dims.map(integer).join("×");
  return h === w ? `${integer(c)}×${h}²` : `${integer(c)}×${h}×${w}`;
}

/** A time in seconds: `40 ms`, `12 s`, `4 min`, `1 h 5 min`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "unknown";
  if (seconds < 1) return `${Math.max(0, Math.round(seconds * 1000))}${THIN}ms`;
  if (seconds < 90) return `${Math.round(seconds)}${THIN}s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes}${THIN}min`;
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)}${THIN}h${rest ? ` ${rest}${THIN}min` : ""}`;
}

function grouped(text: string): string {
  const [whole = "", fraction] = text.replace("-", "").split(".");
  // Four digits stay together, as is usual in print; longer numbers are grouped.
  const spaced = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, THIN) : whole;
  return `${text.startsWith("-") ? MINUS : ""}${spaced}${fraction ? `.${fraction}` : ""}`;
}

function scientific(value: number, digits: number): string {
  const [mantissa = "", exponent = "0"] = value.toExponential(digits - 1).split("e");
  const power = Number(exponent);
  const raised = [...String(Math.abs(power))].map((d) => SUPERSCRIPTS[Number(d)]).join("");
  const front = mantissa.replace("-", MINUS).replace(/\.?0+$/, "");
  return `${front} × 10${power < 0 ? "⁻" : ""}${raised}`;
}
