# The page is built in one image, the binary with it in another, and it runs in a third that has nothing but it and the
# system's certificates.
FROM node:20.20-bookworm-slim AS page
WORKDIR /page
COPY folio-server/web/package.json folio-server/web/package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund
COPY folio-server/web .
RUN npm run build

FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
COPY --from=page /page/dist folio-server/web/dist
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --release --locked --package folio-server --bin folio \
    && cp target/release/folio /usr/local/bin/folio

FROM debian:12.11-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/folio --create-home --shell /usr/sbin/nologin folio
COPY --from=build /usr/local/bin/folio /usr/local/bin/folio
USER 10001
WORKDIR /var/lib/folio
ENV FOLIO_DATA_DIR=/var/lib/folio FOLIO_BIND=0.0.0.0:3000 FOLIO_LOG_FORMAT=json
EXPOSE 3000 3001
VOLUME /var/lib/folio
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["folio", "health"]
ENTRYPOINT ["folio"]
CMD ["serve"]
