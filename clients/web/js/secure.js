/** What to do where the browser keeps something for secure pages: over https, or from this machine. */

export const HOW_TO_HTTPS =
  "“bunraku serve --lan” shows an https address; the browser warns of its certificate, which is that server's own: " +
  "choose Advanced (or Show Details), and go on.";
