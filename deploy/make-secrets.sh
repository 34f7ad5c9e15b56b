#!/bin/sh
# Makes every secret that is not there yet. What is there stays, so a restart changes nothing.
#
# The numbers are the users of the images: 10001 runs folio, 999 runs MongoDB and Redis.
set -eu
umask 077
secrets=${1:-/secrets}

random() {
	head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n'
}

# keep FILE: writes standard input there unless the file exists, whole or not at all.
keep() {
	if [ -e "$secrets/$1" ]; then
		cat >/dev/null
		return
	fi
	cat >"$secrets/$1.part"
	mv "$secrets/$1.part" "$secrets/$1"
}

mkdir -p "$secrets/folio" "$secrets/mongo" "$secrets/redis"
random | keep folio/admin-token
random | keep folio/mongo-password
random | keep mongo/root-password
random | keep mongo/keyfile
random | keep redis/password

mongo_password=$(cat "$secrets/folio/mongo-password")
redis_password=$(cat "$secrets/redis/password")
printf '%s' "$mongo_password" | keep mongo/folio-password
printf 'mongodb://folio:%s@mongo:27017/folio?replicaSet=rs0&authSource=folio' "$mongo_password" | keep folio/store-url
printf 'redis://:%s@redis:6379' "$redis_password" | keep folio/redis-url
# What the queue holds is made again from the store when it is lost, but a full Redis must say so and drop nothing.
keep redis/redis.conf <<CONF
requirepass $redis_password
dir /data
appendonly yes
appendfsync everysec
maxmemory-policy noeviction
CONF

if [ "$(id -u)" = 0 ]; then
	chmod 0755 "$secrets"
	chown -R 10001:10001 "$secrets/folio"
	chown -R 999:999 "$secrets/mongo"
	chown -R 999:1000 "$secrets/redis"
fi
chmod 0500 "$secrets/folio" "$secrets/mongo" "$secrets/redis"
chmod 0400 "$secrets"/*/*
