set -euo pipefail
mkdir "$RUNNER_TEMP/app"
cp -R "$DIRECTORY" "$RUNNER_TEMP/app/stacks"
cp "$PROGRAM" "$RUNNER_TEMP/app/program"
# What looks like a secret, although Terraform does not know it as one.
cat > "$RUNNER_TEMP/app/mask.sed" <<'SED'
s/(A3T[A-Z0-9]|ABIA|ACCA|AGPA|AIDA|AKIA|AROA|ASIA)[A-Z0-9]{16}/***/g
s/(gh[opsru]_|github_pat_|glpat-|xox[abeoprs]-)[A-Za-z0-9_-]{10,}/***/g
s/eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/***/g
s#(://[^/:@[:space:]"]+):[^/@[:space:]"]+@#\1:***@#g
s/-----BEGIN [A-Z ]*PRIVATE KEY-----.*-----END [A-Z ]*PRIVATE KEY-----/***/g
/-----BEGIN [A-Z ]*PRIVATE KEY-----/,/-----END [A-Z ]*PRIVATE KEY-----/s/[^ ].*/***/
s/^([^=:]*(password|passwd|secret|secret_key|secret_access_key|session_token|private_key|api_key|token)"? *[=:] ).*/\1***/I
SED
tar -czf app.tar.gz -C "$RUNNER_TEMP" app
for environment in $ENVIRONMENTS; do
  stacks=("$DIRECTORY/$environment"/*/)
  stacks=("${stacks[@]#"$DIRECTORY/$environment/"}")
  printf 'stacks-%s=%s\n' "$environment" "${stacks[*]%/}" >> "$GITHUB_OUTPUT"
done
