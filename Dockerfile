FROM node:26-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev
# docker build --build-arg TRACES=1: with what sends traces, 12 packages and 25 MB.
ARG TRACES
RUN if [ -n "$TRACES" ]; then npm run traces:add -- --omit=dev; fi
# What is in it, for who has to account for that: docker run --rm harian cat sbom.cdx.json
# npm takes development packages, which are not here, for missing.
RUN npm pkg delete devDependencies && npm sbom --omit=dev --sbom-format=cyclonedx > sbom.cdx.json

# The image brings its own Node 26, so the dev dependency `node` is not needed here.
FROM node:26-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=dependencies /app/sbom.cdx.json ./
COPY package.json ./
COPY bin bin
COPY client client
COPY drizzle drizzle
COPY scripts scripts
COPY src src
# What is spooled while the database is away must outlive the container: a volume belongs here.
ENV SPOOL_DIR=/var/lib/harian/spool
RUN install -d -m 0700 -o 1000 -g 1000 /var/lib/harian /var/lib/harian/spool
# What Node compiles is kept in the image: its root is read-only, and a start would compile everything anew.
ENV NODE_COMPILE_CACHE=/app/.compile-cache
# One heap for all threads of the C library: its others keep what they once took.
ENV MALLOC_ARENA_MAX=1
RUN install -d -o 1000 -g 1000 .compile-cache
# By number, so that an orchestrator can see that it is not root.
USER 1000:1000
# With the options of CMD: under others it is not found.
RUN node --max-semi-space-size=4 --heap-growing-percent=50 --v8-pool-size=1 --input-type=module --eval "for (const file of ['start', 'http/app', 'http/health-app']) await import('/app/src/' + file + '.ts')"
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# A small young generation, a heap that grows by halves and one thread that helps to collect: memory before speed.
CMD ["node", "--max-semi-space-size=4", "--heap-growing-percent=50", "--v8-pool-size=1", "src/main.ts"]
