//! The types that take addresses of a network.

/// The types whose arguments give a network its addresses. Two blocks of one kind in one VPC cannot overlap:
/// <https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html>,
/// <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html>.
pub(super) const BLOCKS: [(&str, &str); 5] = [
    ("aws_vpc", "cidr_block"),
    ("aws_subnet", "cidr_block"),
    ("aws_subnet", "ipv6_cidr_block"),
    ("aws_vpc_ipv4_cidr_block_association", "cidr_block"),
    ("aws_vpc_ipv6_cidr_block_association", "ipv6_cidr_block"),
];

/// Whether the `cidr_block` of a type is a part of a network, and not a destination such as that of a route.
pub fn is_network(terraform_type: &str) -> bool {
    BLOCKS.contains(&(terraform_type, "cidr_block"))
}
