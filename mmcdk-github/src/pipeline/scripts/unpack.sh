set -euo pipefail
tar -xzf app.tar.gz
