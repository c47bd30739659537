#!/bin/sh
# Makes the seeds of one target from files of the project: seeds.sh TARGET ROOT CORPUS. Called by `run`.
set -eu
target=$1 root=$2 corpus=$3
here="$root/tests/fuzz"

# A file with one seed per line.
lines() { split -l 1 -a 4 -d "$1" "$corpus/seed-line-"; }

# Files as they are.
files() { for file in "$@"; do cp "$file" "$corpus/seed-$(basename "$file")"; done; }

# Each standard with a scope that includes all its versions.
standards() {
    for file in "$root"/standards/iaas/*.yaml; do
        id=$(sed -n 's/^standard: *//p' "$file")
        {
            cat "$file"
            printf '%%%%%%\nscope: s\nname: S\nuuid: u\nurl: https://example.com/s\n'
            printf 'timeline: [{date: 2026-06-11, versions: {a: effective}}]\nversions:\n'
            sed -n '/^versions:/,$s/^  \(v[^:]*\):.*/\1/p' "$file" | awk -v id="$id" '
                { printf "  %s:\n    include: [%s-%s]\n", NR == 1 ? "a" : "a" NR, id, $0 }'
        } > "$corpus/seed-$(basename "$file")"
    done
}

case $target in
    flavor_name) lines "$here/seeds/flavor_name.txt" ;;
    definition) standards; files "$here"/seeds/definition/* ;;
    upstream_scope) files "$root"/tests/fixtures/upstream/*.yaml "$here"/seeds/upstream_scope/* ;;
    facts) files "$here"/seeds/facts/* ;;
    clouds_yaml) files "$here"/seeds/clouds_yaml/* ;;
    kubernetes_documents)
        documents="$root/tests/fixtures/kubernetes"
        files "$documents"/schedule*.yaml "$documents"/eol*.yaml "$documents"/kubernetes.md "$documents"/official-cve-feed*.json
        # Records pass for the one that the target asks for; the largest would only slow it down.
        for file in "$documents"/cve/CVE-20[12]*.json; do
            id=$(basename "$file" .json)
            [ "$(wc -c < "$file")" -gt 20000 ] || sed "s/$id/CVE-2024-0001/" "$file" > "$corpus/seed-$id.json"
        done ;;
    http_answer) files "$here"/seeds/http_answer/* ;;
    kubeconfig) files "$here"/seeds/kubeconfig/* ;;
    tls_answer) files "$here"/seeds/tls_answer/* ;;
    suite_results)
        # The first byte tells what the rest is.
        archive=$(mktemp -d)
        mkdir -p "$archive/plugins/e2e/results/global"
        cp "$here/seeds/suite_results/sonobuoy_results.yaml" "$archive/plugins/e2e/"
        cp "$here/seeds/suite_results/junit_01.xml" "$archive/plugins/e2e/results/global/"
        printf '{"gitVersion": "v1.34.2"}' > "$archive/serverversion.json"
        { printf '\000'; tar -C "$archive" -czf - .; } > "$corpus/seed-archive"
        rm -r "$archive"
        { printf '\001'; cat "$here/seeds/suite_results/sonobuoy_results.yaml"; } > "$corpus/seed-summary"
        { printf '\002'; cat "$here/seeds/suite_results/junit_01.xml"; } > "$corpus/seed-junit" ;;
esac
