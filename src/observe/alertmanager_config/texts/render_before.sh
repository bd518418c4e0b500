#!/bin/sh
# Puts the secrets into alertmanager.yml.tmpl: ./render.sh [OUTPUT]. The result is readable by its owner only.
# Run it as the user of Alertmanager, with the variables in its environment.
set -eu
folder=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
output=${1:-$folder/alertmanager.yml}
missing=
names=
use() {
    # One line, because it stands between quotes in YAML.
    case $2 in
    '' | *'
'*) missing="$missing $1" ;;
    esac
    export "$1=$2"
    names="$names $1"
}
from_variable() {
    eval "value=\${$1-}"
    use "$1" "$value"
}
from_file() {
    if [ -r "$2" ]; then value=$(cat -- "$2"); else value=; fi
    use "$1" "$value"
}
