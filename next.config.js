const SECURITY_HEADERS = [
  { key: "X-Content-Type-Options", value: "nosniff" },
  { key: "Referrer-Policy", value: "same-origin" },
  { key: "Cross-Origin-Opener-Policy", value: "same-origin" },
  { key: "Cross-Origin-Resource-Policy", value: "same-origin" },
  { key: "Permissions-Policy", value: "camera=(), geolocation=(), microphone=(), payment=(), usb=()" },
  { key: "X-Frame-Options", value: "DENY" },
];

/** For what is no page; a page's own, with a nonce, is proxy.ts's. */
const NOT_STORED = [{ key: "Cache-Control", value: "no-store" }];
/** Of a stream that goes on: compressed, each browser would cost 256 kB and each change a wait for the compressor, for 60 bytes. */
const NOT_COMPRESSED = [{ key: "Cache-Control", value: "no-store, no-transform" }];
const NOTHING_RUNS = [{ key: "Content-Security-Policy", value: "default-src 'none'; frame-ancestors 'none'" }];

/** @type {import("next").NextConfig} */
const config = {
  poweredByHeader: false,
  reactStrictMode: true,
  // What is bundled is there once for each group of routes, source and all; what is not, once: 50 MB less at rest.
  serverExternalPackages: [
    "@kubernetes/client-node",
    "@prisma/adapter-pg",
    "@prisma/client",
    "croner",
    "next-auth",
    "pg",
    "pino",
    "prom-client",
    "rate-limiter-flexible",
    "yaml",
    "zod",
  ],
  // No page shows a picture from elsewhere, so nobody may have one fetched.
  images: { unoptimized: true },
  experimental: {
    serverActions: { bodySizeLimit: "64kb" },
    // Of a longer body proxy.ts sees this much, which is enough to refuse it.
    proxyClientMaxBodySize: "128kb",
  },
  async headers() {
    return [
      { source: "/:path*", headers: SECURITY_HEADERS },
      { source: "/api/:path*", headers: NOTHING_RUNS },
      { source: "/((?!_next/).*)", headers: NOT_STORED },
      { source: "/api/v1/live/:path*", has: [{ type: "query", key: "after" }], headers: NOT_COMPRESSED },
    ];
  },
  // next build would type-check a second time; `npm run check` does it, with no warning allowed.
  typescript: { ignoreBuildErrors: true },
};

export default config;
