// Keeps the page, the runtime and the served models for use without a network. The network comes first, so that a model
// exported anew is seen; what is kept answers where the network does not.
const CACHE = "unroll-1";

self.addEventListener("install", (event) => event.waitUntil(self.skipWaiting()));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// The page says which files it consists of: those it loaded before this worker was there, and those of every bundle.
self.addEventListener("message", (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(CACHE);
      const kept = new Set((await cache.keys()).map((request) => request.url));
      await Promise.all(event.data.map((url) => (kept.has(url) ? undefined : cache.add(url))));
      event.source.postMessage("kept");
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== self.location.origin) return;
  event.respondWith(
    (async () => {
      const cache = await caches.open(CACHE);
      try {
        const answer = await fetch(request);
        if (answer.ok) await cache.put(request, answer.clone());
        return answer;
      } catch (error) {
        const kept = await cache.match(request, { ignoreSearch: true });
        if (kept) return kept;
        throw error;
      }
    })(),
  );
});
