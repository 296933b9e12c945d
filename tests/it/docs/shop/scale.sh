#!/bin/sh
set -eu
curl --fail --request PATCH https://api.heroku.com/apps/shop/formation/web \
  --header "Accept: application/vnd.heroku+json; version=3" \
  --header "Authorization: Bearer {token:opaque:1}" \
  --data '{"quantity": 2}'
