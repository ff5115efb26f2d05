/** The worker of `Beat`: told a time in milliseconds, it says something that often. */
addEventListener("message", ({ data }) => setInterval(() => postMessage(null), data));
