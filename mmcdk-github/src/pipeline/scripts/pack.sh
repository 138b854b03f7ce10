set -euo pipefail
mkdir "$RUNNER_TEMP/app"
cp -R "$DIRECTORY" "$RUNNER_TEMP/app/stacks"
cp "$PROGRAM" "$RUNNER_TEMP/app/program"
# Replaces what looks like a secret, although Terraform does not know it as one.
cat > "$RUNNER_TEMP/app/mask" <<'SED'
#!/usr/bin/env -S sed -E -f
s/(A3T[A-Z0-9]|ABIA|ACCA|AGPA|AIDA|AKIA|AROA|ASIA)[A-Z0-9]{16}/***/g
s/(gh[opsru]_|github_pat_|glpat-|xox[abeoprs]-)[A-Za-z0-9_-]{10,}/***/g
s/eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/***/g
s#(://[^/:@[:space:]"]+):[^/@[:space:]"]+@#\1:***@#g
s#(hooks\.slack\.com/)[A-Za-z0-9/_-]+#\1***#g
s#(Bearer )[A-Za-z0-9._~+/=-]{8,}#\1***#Ig
s/-----BEGIN [A-Z ]*PRIVATE KEY-----.*-----END [A-Z ]*PRIVATE KEY-----/***/g
/-----BEGIN [A-Z ]*PRIVATE KEY-----/,/-----END [A-Z ]*PRIVATE KEY-----/s/[^ ].*/***/
# What an earlier line says of this one: "lines" within a secret of several lines, "value" after a name of a secret.
x
/^lines$/{
  x
  /^ *EOT/!s/[^ ].*/***/
  /^ *EOT/{
    x
    s/.*//
    x
  }
  x
}
/^value$/{
  x
  /^[-+~ ]*("?value"? *[=:]|[]{}[])/{
    x
    s/.*//
    x
  }
  /^[-+~ ]*"?value"? *[=:] .*<<-?EOT/{
    x
    s/.*/lines/
    x
    b
  }
  s/^([-+~ ]*"?value"? *[=:] ).*/\1***/
  x
}
x
/^[-+~ ]*"?(name|key)"? *[=:] "[^"]*((passw|passphrase|pwd|secret|token|private_?key|api[_-]?key)[A-Za-z0-9_.-]*|(\b|_)pass([_-][A-Za-z0-9_.-]*)?)/I{
  x
  s/.*/value/
  x
}
# Within strings.
s/([A-Za-z0-9_.-]*((passw|passphrase|pwd|secret|token|private_?key|api[_-]?key)[A-Za-z0-9_.-]*|(\b|_)pass([_-][A-Za-z0-9_.-]*)?)=)(\\*"([^"\\]|\\[^"])+|'[^']+|[^[:space:]"'&;,\\]+)/\1***/Ig
s/(((passw|passphrase|pwd|secret|token|private_?key|api[_-]?key)[A-Za-z0-9_.-]*|(\b|_)pass([_-][A-Za-z0-9_.-]*)?)\\*" *: *\\*")([^"\\]|\\[^"])+/\1***/Ig
# The values of such keys, but not of those that only speak of a secret, and none that says nothing.
/^[^=:]*(http_tokens|(passw|passphrase|pwd|secret|token|private_?key|api[_-]?key)[A-Za-z0-9_.-]*_(arn|length|name|policy|validity)s?)"? *[=:] /Ib
/^[^=:]*[=:] (true|false|\(known after apply\)|\(sensitive value\)|.*[[({])$/b
/^[^=:]*((passw|passphrase|pwd|secret|token|private_?key|api[_-]?key)[A-Za-z0-9_.-]*|(\b|_)pass([_-][A-Za-z0-9_.-]*)?)"? *[=:] .*<<-?EOT/I{
  x
  s/.*/lines/
  x
  b
}
s/^([^=:]*((passw|passphrase|pwd|secret|token|private_?key|api[_-]?key)[A-Za-z0-9_.-]*|(\b|_)pass([_-][A-Za-z0-9_.-]*)?)"? *[=:] ).*/\1***/I
SED
# What many jobs run; in the text of each it would make the workflow too large for GitHub.
cat > "$RUNNER_TEMP/app/guard" <<'BASH'
@GUARD@
BASH
cat > "$RUNNER_TEMP/app/compare-role" <<'BASH'
@COMPARE_ROLE@
BASH
chmod +x "$RUNNER_TEMP/app/mask" "$RUNNER_TEMP/app/guard" "$RUNNER_TEMP/app/compare-role"
tar -czf app.tar.gz -C "$RUNNER_TEMP" app
# The folder can have stacks of other programs, and stacks that are gone.
for environment in $ENVIRONMENTS; do
  mapfile -t stacks < <(sed -nE "s#^$environment/([a-z0-9-]+): [0-9]+ resources? .*#\1#p" "$RUNNER_TEMP/synthesized")
  printf 'stacks-%s=%s\n' "$environment" "${stacks[*]}" >> "$GITHUB_OUTPUT"
done
