// @ts-check
/**
 * While a page is being developed: shows it again when Trunk has built it, which says so over a socket. Trunk's own script
 * is inline, and the page's content policy lets nothing inline run. site.sh puts this one into pages that are no release.
 */
(() => {
  const RETRY_MS = 2000;
  const address = new URL(".well-known/trunk/ws", location.href.replace(/^http/, "ws")).href;

  /** @param {boolean} again  it was lost, because Trunk was started anew: what it serves then is another page */
  function listen(again) {
    const socket = new WebSocket(address);
    socket.onopen = () => again && location.reload();
    socket.onclose = () => setTimeout(listen, RETRY_MS, true);
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === "reload") location.reload();
      if (message.type === "buildFailure") console.error("The build failed:", message.data.reason);
    };
  }
  listen(false);
})();
