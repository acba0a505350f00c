# Three images. `tools`: tcpdump, ipset and friends, for the nodes of kind clusters and for the machines beside them.
# `agent`: the builtin agents; its arguments are those of `packetproof agent`. `server`: what pods of a matrix serve.

FROM debian:bookworm-slim@sha256:96e378d7e6531ac9a15ad505478fcc2e69f371b10f5cdf87857c4b8188404716 AS tools
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
      busybox-static conntrack ipset iproute2 iptables iputils-ping netcat-openbsd nftables openssl procps tcpdump wireguard-tools \
 && rm -rf /var/lib/apt/lists/*
COPY setup/collect-tools.sh /usr/local/bin/
# What the image of kind's nodes does not have; its own iptables has to stay the one that is used there.
RUN collect-tools.sh /opt/packetproof busybox ipset nc.openbsd ping tcpdump wg
CMD ["sleep", "infinity"]

FROM node:22-bookworm-slim@sha256:43ac6c60b8f89723f746e8a92ce91abd5017e627ce1ddfe4238355d3a30b772c AS build
WORKDIR /opt/packetproof
# A checkout has a lock file and sources; an installed package has neither, but is compiled already.
COPY package.json package-lock.jso[n] ./
RUN if [ -f package-lock.json ]; then npm ci --ignore-scripts --no-audit --no-fund; \
    else npm install --omit=dev --ignore-scripts --no-audit --no-fund; fi
COPY . .
RUN if [ -d src ]; then rm -rf dist && node_modules/.bin/tsc -p tsconfig.build.json \
 && npm prune --omit=dev --ignore-scripts --no-audit --no-fund; fi

FROM node:22-bookworm-slim@sha256:43ac6c60b8f89723f746e8a92ce91abd5017e627ce1ddfe4238355d3a30b772c AS agent
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
      conntrack ipset iproute2 iptables nftables procps wireguard-go wireguard-tools \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/packetproof
COPY --from=build /opt/packetproof/package.json ./
COPY --from=build /opt/packetproof/bin bin
COPY --from=build /opt/packetproof/setup setup
COPY --from=build /opt/packetproof/node_modules node_modules
COPY --from=build /opt/packetproof/dist dist
ENTRYPOINT ["node", "/opt/packetproof/bin/packetproof.mjs", "agent"]

FROM agent AS server
ENTRYPOINT ["node", "/opt/packetproof/dist/src/providers/netns/images/server/main.js"]
