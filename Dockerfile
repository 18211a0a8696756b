# docker build --target controller -t allot/controller:0.1.0 --build-arg REVISION=$(git rev-parse HEAD) .
# docker build --target worker -t allot/worker:0.1.0 --build-arg REVISION=$(git rev-parse HEAD) .
# Not slim: it has the C compiler for the worker's addon.
FROM node:22.23.3-bookworm AS bundle
WORKDIR /allot
COPY . .
# The image has the Node that the project would bring; nothing else needs an install script.
RUN npx --yes pnpm@12.21.0 install --frozen-lockfile --ignore-scripts && node tools/bundle.ts

FROM node:22.23.3-bookworm-slim AS image
ARG REVISION=""
LABEL org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision="${REVISION}"
ENV NODE_ENV=production
# In no image's list of accounts; nothing in the image is its own.
USER 65532:65532

FROM image AS controller
LABEL org.opencontainers.image.title="Allot controller" \
      org.opencontainers.image.description="Expands Sweeps into Kubernetes Jobs and keeps them going"
COPY --from=bundle /allot/dist/controller /app
ENTRYPOINT ["node", "/app/controller.mjs"]

FROM image AS worker
LABEL org.opencontainers.image.title="Allot worker" \
      org.opencontainers.image.description="A lane: leases packs of trials, trains and seals them"
COPY --from=bundle /allot/dist/worker /app
ENTRYPOINT ["node", "/app/lane.mjs"]
