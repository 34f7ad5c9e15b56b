#!/bin/bash
# Makes the replica set and folio's user, unless they are there.
set -eu
secrets=/run/secrets/all/mongo
# Passwords go through the environment of the shell: an argument is there for everybody to read.
ROOT_PASSWORD=$(cat "$secrets/root-password")
FOLIO_PASSWORD=$(cat "$secrets/folio-password")
export ROOT_PASSWORD FOLIO_PASSWORD

exec mongosh --quiet "mongodb://mongo:27017/?directConnection=true" --eval '
db.getSiblingDB("admin").auth("root", process.env.ROOT_PASSWORD);
try {
  rs.status();
} catch (error) {
  if (error.codeName !== "NotYetInitialized") throw error;
  rs.initiate({_id: "rs0", members: [{_id: 0, host: "mongo:27017"}]});
}
while (!db.hello().isWritablePrimary) sleep(200);
const folio = db.getSiblingDB("folio");
if (folio.getUser("folio") === null) {
  folio.createUser({user: "folio", pwd: process.env.FOLIO_PASSWORD, roles: [{role: "readWrite", db: "folio"}]});
}
print("the replica set is ready");
'
