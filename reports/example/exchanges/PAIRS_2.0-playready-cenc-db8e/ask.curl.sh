#!/bin/sh
# Sends the request of PAIRS[2.0-playready-cenc-db8e], step ask, again.
# Set SPEKE_URL to the URL of the key server.
set -eu
cd "$(dirname "$0")"
: "${SPEKE_URL:?set it to the URL of the key server}"
curl --silent --show-error --include --http1.1 --request POST \
  --header 'Content-Type: application/xml' \
  --header 'X-Speke-Version: 2.0' \
  --header 'Accept: */*' \
  --header 'Accept-Encoding: identity' \
  --header 'User-Agent: speke-conformance/0.1.0' \
  --data-binary @ask.request.txt \
  -- "$SPEKE_URL"
