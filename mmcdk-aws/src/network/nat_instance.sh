#!/bin/bash
# Makes a NAT instance of an Amazon Linux 2023 machine. It may be run again at any time: each step sets a whole state.
# https://docs.aws.amazon.com/vpc/latest/userguide/work-with-nat-instances.html
set -Eeuo pipefail

# To the system log, and as before to cloud-init, which passes it on to the console (`aws ec2 get-console-output`).
exec > >(logger --stderr --tag nat-instance || cat) 2>&1
trap 'echo "NAT FAILED at line ${LINENO}: ${BASH_COMMAND}"' ERR

# Runs a command until it succeeds. There is no last attempt, because an instance that gave up would never be a NAT:
# the address and the route to the internet may come long after the first boot, and while the system starts others
# hold the locks of dnf and rpm (https://github.com/aws/aws-cdk/issues/36717).
retry() {
  until "$@"; do
    echo "not yet, again in 10 s: $*" >&2
    sleep 10
  done
}

# cloud-init runs user data on the first boot only, but what is in this directory on every one. So an interrupted setup
# is finished by a reboot, and a change of the instance type, which renames the interface, is followed.
per_boot=/var/lib/cloud/scripts/per-boot/nat-instance.sh
if [[ ! $0 -ef ${per_boot} ]]; then
  install -D --mode=755 "$0" "${per_boot}"
fi

# dnf needs more memory than the smallest sizes (512 MiB) have. On XFS a swap file must not have holes, hence dd.
memory_kib=$(awk '/^MemTotal:/ { print $2 }' /proc/meminfo)
swaps=$(tail --lines=+2 /proc/swaps)
if ((memory_kib < 1000000)) && [[ -z ${swaps} ]]; then
  if install --mode=600 /dev/null /swapfile && dd if=/dev/zero of=/swapfile bs=1M count=512 status=none &&
    mkswap /swapfile && swapon /swapfile; then
    grep --quiet '^/swapfile ' /etc/fstab || echo '/swapfile none swap defaults,nofail 0 0' >>/etc/fstab
  else
    echo "no swap file, going on without"
    rm --force /swapfile
  fi
fi

# The name of the interface depends on the instance type (ens5, enX0, eth0), so the default route has to tell.
default_interface() {
  local route
  route=$(ip -4 -oneline route show default)
  [[ ${route} =~ dev\ ([^ ]+) ]] && echo "${BASH_REMATCH[1]}"
}
interface=$(retry default_interface)

# A redirect would send the private subnets' packets past the NAT. It is sent if either `all` or the interface says so.
cat >/etc/sysctl.d/90-nat-instance.conf <<END
net.ipv4.ip_forward = 1
net.ipv4.conf.all.send_redirects = 0
net.ipv4.conf.${interface}.send_redirects = 0
net.ipv4.ip_local_port_range = 1024 65535
END
sysctl --load=/etc/sysctl.d/90-nat-instance.conf

# iptables-services and not nftables, because AWS documents it for NAT instances, and its unit restores exactly one
# file at boot. An installed package is not looked up, so that a reboot needs no repository.
if ! rpm --query --quiet iptables-services; then
  retry dnf install --assumeyes --setopt=timeout=15 --setopt=retries=2 iptables-services
fi

# The whole rule set: this file takes the place of the packaged one, which refuses to forward (REJECT in FORWARD).
# Who may come in is for the security group to say.
cat >/etc/sysconfig/iptables <<END
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A POSTROUTING -o ${interface} -j MASQUERADE
COMMIT
END
systemctl enable iptables
systemctl restart iptables

iptables --table nat --check POSTROUTING --out-interface "${interface}" --jump MASQUERADE
echo "NAT READY on ${interface}"
