/** What to do where the browser keeps something for secure pages: over https, or from this machine. */

export const HOW_TO_HTTPS =
  "“bunraku serve --lan” shows an https address; the browser warns of its certificate, which is that server's own: " +
  "choose Advanced (or Show Details), and go on.";

// Of a server with a domain nobody is asked: browsers know its certificate.
const WITHOUT_DOMAIN = /^[\d.]+$|^\[|\.local$/;

/** Whether the device must trust this server's own authority before the page can be installed, and can fetch it. */
export async function offersAuthority() {
  if (location.protocol !== "https:" || !WITHOUT_DOMAIN.test(location.hostname)) return false;
  if (matchMedia("(display-mode: standalone)").matches) return false;
  const answer = await fetch("/authority.crt", { method: "HEAD" }).catch(() => null);
  return answer?.ok ?? false;
}
