//! The command line of the guard, and what of it the program cannot know.

use std::path::PathBuf;

use clap::builder::ValueParser;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use mmcdk_aws::values::AccountId;
use mmcdk_core::Result;
use mmcdk_terraform::{AddressPattern, Guard};

const FOREIGN_ACCOUNT: &str = "foreign-account";
const FOREIGN_CIDR: &str = "foreign-cidr";
const FOREIGN_NAME: &str = "foreign-name";
const READABLE_TAG: &str = "readable-tag";
const ALLOW_DESTROY: &str = "allow-destroy";
const REFUSE_DESTROY: &str = "refuse-destroy";

pub(in crate::run) fn command() -> Command {
    let text = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let many =
        |name, value, help, parser: ValueParser| text(name, value, help).value_parser(parser).action(ArgAction::Append);
    Command::new(super::NAME)
        .about("Judges a plan: whether everything in it is of one environment, as this program describes it.")
        .after_help(
            "In a stack's folder: terraform plan -out plan.out && terraform show -json plan.out > plan.json\n\
             TF_WORKSPACE and TF_DATA_DIR must be as they were for that: they say which state it was.\n\
             Exit code: 0 the plan may be applied, 1 it may not, 2 there is nothing to judge.",
        )
        .arg(
            Arg::new("plan")
                .value_name("PLAN")
                .value_parser(value_parser!(PathBuf))
                .required_unless_present("jq")
                .help("The plan as JSON; - for standard input"),
        )
        .arg(text("env", "ENVIRONMENT", "The environment that the plan must be of").required(true))
        .arg(text("stack", "STACK", "The stack that was planned, if the environment has several"))
        .arg(
            text(
                "backend",
                "FILE",
                "What terraform init has initialised, if it is not beside the plan: .terraform/terraform.tfstate",
            )
            .value_parser(value_parser!(PathBuf)),
        )
        .arg(text(
            "tag",
            "KEY",
            "The key of the tag that names the environment, if it is not the one that the organisation declares",
        ))
        .arg(many(
            READABLE_TAG,
            "VALUE",
            "A value of that tag that may be read and selected, such as that of shared images; repeat it for more",
            ValueParser::string(),
        ))
        .arg(many(
            FOREIGN_ACCOUNT,
            "ID",
            "An account that may be referred to, such as a vendor's or one of central logs; repeat it for more",
            ValueParser::new(|id: &str| id.parse::<AccountId>()),
        ))
        .arg(many(
            FOREIGN_NAME,
            "GLOB",
            "A name that may be referred to, such as that of a central event bus; repeat it for more",
            ValueParser::new(name),
        ))
        .arg(many(
            FOREIGN_CIDR,
            "RANGE",
            "Addresses that may be referred to, such as those of a peered network; repeat it for more",
            ValueParser::string(),
        ))
        .arg(many(
            ALLOW_DESTROY,
            "ADDRESS",
            "Something that may be destroyed or replaced; what certainly holds no data also by a pattern such as \
             'aws_subnet.core_*'; repeat it for more",
            ValueParser::new(|address: &str| address.parse::<AddressPattern>().map(|_| address.to_owned())),
        ))
        .arg(
            Arg::new(REFUSE_DESTROY)
                .long(REFUSE_DESTROY)
                .action(ArgAction::SetTrue)
                .help("Refuse to destroy or replace anything else, whatever it is"),
        )
        .arg(
            Arg::new("jq")
                .long("jq")
                .action(ArgAction::SetTrue)
                .help("Print a jq program that checks the tags alone, instead of judging a plan"),
        )
}

/// A glob of names that does not stand for every name.
fn name(glob: &str) -> Result<String, String> {
    match glob.contains(char::is_alphanumeric) {
        true => Ok(glob.to_owned()),
        false => Err("this is not a name; write one such as MM-hub-use1-bus-central, with * for what differs".into()),
    }
}

/// The guard with what the command line says besides the program.
pub(super) fn apply(mut guard: Guard, arguments: &ArgMatches) -> Result<Guard> {
    let texts = |name| arguments.get_many::<String>(name).into_iter().flatten();
    for address in texts(ALLOW_DESTROY) {
        guard = match address.contains('*') {
            true => guard.allow_destroy_matching(address.parse()?),
            false => guard.allow_destroy(address),
        };
    }
    let foreign = arguments.get_many::<AccountId>(FOREIGN_ACCOUNT).into_iter().flatten();
    guard = guard
        .trusted_accounts(foreign.map(ToString::to_string))
        .trusted_names(texts(FOREIGN_NAME))
        .trusted_cidrs(texts(FOREIGN_CIDR))?
        .readable_tag_values(texts(READABLE_TAG));
    Ok(if arguments.get_flag(REFUSE_DESTROY) { guard.refuse_destroy() } else { guard })
}
