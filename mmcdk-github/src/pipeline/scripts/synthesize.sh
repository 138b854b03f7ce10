set -euo pipefail
# The report names each of the program's stacks at the beginning of a line.
"$PROGRAM" --out "$DIRECTORY" | tee "$RUNNER_TEMP/synthesized"
