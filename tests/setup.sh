#!/bin/sh
# Install what the tests need from the system and is missing: Chromium, WebKitGTK with a screen for it, a CJK
# font, certutil, openssl, curl, mosquitto's clients, PostgreSQL and Redis.
set -eu

missing=""
command -v chromium >/dev/null || command -v google-chrome >/dev/null || [ -n "${DEVKIT_BROWSER_PATH:-}" ] \
  || missing="$missing chromium"
command -v WebKitWebDriver >/dev/null || missing="$missing webkit2gtk-driver"
command -v Xvfb >/dev/null || missing="$missing xvfb"
fc-list :lang=zh 2>/dev/null | grep -q . || missing="$missing fontconfig fonts-noto-cjk"
command -v certutil >/dev/null || missing="$missing libnss3-tools"
command -v openssl >/dev/null || missing="$missing openssl"
command -v curl >/dev/null || missing="$missing curl"
command -v mosquitto_pub >/dev/null || missing="$missing mosquitto-clients"
command -v redis-server >/dev/null || missing="$missing redis-server"
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || command -v postgres >/dev/null \
  || missing="$missing postgresql"

if [ -n "$missing" ]; then
  if ! command -v apt-get >/dev/null; then
    echo "The tests need these programs; install them with your package manager:$missing" >&2
    exit 1
  fi
  sudo=""
  [ "$(id -u)" = 0 ] || sudo="sudo"
  echo "Installing for the tests:$missing"
  $sudo apt-get update -qq
  # shellcheck disable=SC2086 # a list of words
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi
