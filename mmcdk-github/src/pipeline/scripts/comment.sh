set -euo pipefail
# Bytes are counted, of which a text has no fewer than characters.
export LC_ALL=C
limit=60000
marker="<!-- mmcdk: $WORKFLOW -->"
# The repository may have another pipeline.
of=""
[ "$WORKFLOW" = terraform ] || of=" ($WORKFLOW)"
run="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID"
body="$RUNNER_TEMP/comment.md"
shopt -s nullglob

# The last line of each plan that sums it up. One grep reads them all, since there may be thousands.
declare -A sums=()
while IFS=: read -r file sum; do
  sum=${sum//[^A-Za-z0-9 ,.:]/}
  sums[$file]=${sum:0:200}
done < <(grep -E '^(Plan: |No changes\.)' /dev/null plans/*/plan.txt || true)

stacks=()
headlines=()
unchanged=0
for report in plans/*/; do
  report=${report%/}
  if [ -s "$report/plan.txt" ]; then
    headline=${sums[$report/plan.txt]:-only outputs change}
  else
    headline="the plan failed"
  fi
  if [ -e "$report/guard.txt" ] && [ ! -e "$report/guarded" ]; then
    headline="refused by the guard. $headline"
  fi
  if [ -e "$report/role.txt" ] && [ ! -e "$report/granted" ]; then
    headline="the role lacks permissions. $headline"
  fi
  case "$headline" in
    "No changes."*) unchanged=$((unchanged + 1)) ;;
    *)
      stacks+=("${report#plans/}")
      headlines+=("$headline")
      ;;
  esac
done

# Each list is an environment and the ids of its stacks. One without a report failed before it was planned.
missing=0
for list in "${!EXPECTED_@}"; do
  read -ra words <<< "${!list}"
  for stack in "${words[@]:1}"; do
    if [ ! -d "plans/${words[0]}.$stack" ]; then
      missing=$((missing + 1))
      stacks+=("${words[0]}.$stack")
      headlines+=("no plan, since its job failed before")
    fi
  done
done

# What remains for the text of each plan after everything else.
room=0
if [ "${#stacks[@]}" -gt 0 ]; then
  room=$(((limit - 1000) / ${#stacks[@]} - 500))
fi

# The last lines of a plan or log that fit, or the first ones, without anything that could end the block.
excerpt() {
  local text
  text=$(cat "$1")
  text=${text//\~\~\~/---}
  if [ "${#text}" -gt "$room" ]; then
    if [ "$2" = first ]; then
      text=${text:0:room}
      text=${text%$'\n'*}
    else
      text=${text: -room}
      text=${text#*$'\n'}
    fi
    printf '~~~~~~text\n%s\n~~~~~~\n\nCut to fit; all of it is in [the run](%s), artifact plan.%s.\n' "$text" "$run" "$3"
  else
    printf '~~~~~~text\n%s\n~~~~~~\n' "$text"
  fi
}

section() {
  local name=$1 headline=$2 report="plans/$1"
  printf '<details><summary><b>%s</b>: %s</summary>\n\n' "${name/./\/}" "$headline"
  if [ -e "$report/guard.txt" ] && [ ! -e "$report/guarded" ]; then
    excerpt "$report/guard.txt" last "$name"
  elif [ -e "$report/role.txt" ] && [ ! -e "$report/granted" ]; then
    excerpt "$report/role.txt" last "$name"
  elif [ -s "$report/plan.txt" ]; then
    excerpt "$report/plan.txt" first "$name"
  elif [ -e "$report/plan.log" ]; then
    excerpt "$report/plan.log" last "$name"
  fi
  printf '\n</details>\n\n'
}

{
  printf '%s\n## Terraform plans%s\n\n' "$marker" "$of"
  printf 'Of commit %s, in [this run](%s).\n\n' "$COMMIT" "$run"
  case "$missing $RESULTS " in
    [1-9]* | *" failure "* | *" cancelled "*) printf '**Not every plan was made, or one may not be applied.**\n\n' ;;
  esac
  printf 'Stacks with changes: %s. Without: %s. Not planned: %s.\n\n' "$((${#stacks[@]} - missing))" "$unchanged" "$missing"
} > "$body"
size=$(wc -c < "$body")
for index in "${!stacks[@]}"; do
  name=${stacks[index]}
  headline=${headlines[index]}
  if [ "$room" -ge 300 ]; then
    text=$(section "$name" "$headline")
  else
    text="- **${name/./\/}**: $headline"
  fi
  size=$((size + ${#text} + 1))
  if [ "$size" -gt "$limit" ]; then
    printf '\nThere are %s more stacks; see the run.\n' "$((${#stacks[@]} - index))" >> "$body"
    break
  fi
  printf '%s\n' "$text" >> "$body"
done

comments="repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments"
own=".[] | select(.user.login == \"github-actions[bot]\" and (.body | startswith(\"$marker\"))) | .id"
known=$(gh api --paginate "$comments" --jq "$own" | sed -n 1p)
if [ -n "$known" ]; then
  gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$known" -F "body=@$body"
else
  gh api --silent --method POST "$comments" -F "body=@$body"
fi
