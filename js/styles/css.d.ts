// CSS comes into a bundle as text (esbuild's "text" loader), for the widget's own shadow root.
declare module "*.css" {
  const text: string;
  export default text;
}
