// Sliders of one kind: each is an amount by its name, in a choice that other controls share.

import { slider } from "./controls";

export interface Amount<Name extends string> {
  readonly name: Name;
  readonly label: string;
  readonly title: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly format?: (value: number) => string;
  /** It stands among what is folded away. */
  readonly more?: true;
}

/** A slider for each amount, which tells what was chosen under the amount's name. */
export function amountSliders<Name extends string>(
  amounts: readonly Amount<Name>[],
  first: Readonly<Record<Name, number>>,
  choose: (change: Partial<Record<Name, number>>) => void,
  signal: AbortSignal,
) {
  return amounts.map((amount) => ({
    ...amount,
    control: slider({
      ...amount,
      value: first[amount.name],
      signal,
      onInput: (value) => choose({ [amount.name]: value } as Partial<Record<Name, number>>),
    }),
  }));
}
