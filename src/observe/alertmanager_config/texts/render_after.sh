if [ -n "$missing" ]; then
    echo "render.sh: not set, empty, unreadable or of several lines:$missing" >&2
    exit 1
fi
umask 077
target=$(dirname -- "$output")
temporary=$target/.alertmanager.yml.$$
trap 'rm -f -- "$temporary"' EXIT
# The value of each name, and nothing else; a quote or backslash in it stays what it is.
NAMES=$names awk '
BEGIN { count = split(ENVIRON["NAMES"], list, " "); for (n = 1; n <= count; n++) known[list[n]] = 1 }
function escaped(text,    out, c, n) {
    out = ""
    for (n = 1; n <= length(text); n++) {
        c = substr(text, n, 1)
        out = out (c == "\"" || c == "\\" ? "\\" c : c)
    }
    return out
}
{
    rest = $0
    line = ""
    while (match(rest, /[$][{][A-Za-z_][A-Za-z0-9_]*[}]/)) {
        name = substr(rest, RSTART + 2, RLENGTH - 3)
        shown = (name in known) ? escaped(ENVIRON[name]) : substr(rest, RSTART, RLENGTH)
        line = line substr(rest, 1, RSTART - 1) shown
        rest = substr(rest, RSTART + RLENGTH)
    }
    print line rest
}' "$folder/alertmanager.yml.tmpl" >"$temporary"
chmod 600 -- "$temporary"
mv -f -- "$temporary" "$output"
# Alertmanager looks for templates beside its configuration.
if [ "$(CDPATH='' cd -- "$target" && pwd)" != "$folder" ]; then
    mkdir -p -- "$target/templates"
    cp -- "$folder"/templates/*.tmpl "$target/templates/"
fi
