using Ottla.Cli.Options;

namespace Ottla.Cli.Tools;

/// <summary>The commands of `storage` and their options.</summary>
internal static class StorageOptions
{
    public static readonly CommandOption Config = new("config", 'c', "The properties file of the node.", Required: true);
    public static readonly CommandOption ClusterId =
        new("cluster-id", 't', "The id of the cluster that the node belongs to.", Required: true);
    public static readonly CommandOption AddScram =
        new("add-scram", 'S', "A credential that the cluster begins with: SCRAM-SHA-256=[name=NAME,password=PASSWORD].", Repeatable: true);
    public static readonly CommandOption IgnoreFormatted =
        new("ignore-formatted", 'g', "Leave directories that are formatted as they are.", TakesValue: false);
    public static readonly CommandOption ReleaseVersion = new("release-version", 'r',
        "The release whose metadata version the cluster begins with, as 4.4 or 4.4-IV2; the newest by default.");
    public static readonly CommandOption Feature =
        new("feature", 'f', "The level that a feature begins with, NAME=LEVEL.", Repeatable: true);
    public static readonly CommandOption Standalone =
        new("standalone", 's', "This controller begins a quorum by itself.", TakesValue: false) { Group = "voters" };
    public static readonly CommandOption NoInitialControllers =
        new("no-initial-controllers", 'N', "This controller will join a quorum that there is.", TakesValue: false) { Group = "voters" };
    public static readonly CommandOption InitialControllers =
        new("initial-controllers", 'I', "The controllers that begin the quorum: ID@HOST:PORT:DIRECTORY_ID,...") { Group = "voters" };

    /// <summary>The feature of a look-up; --feature has to be there then.</summary>
    public static readonly CommandOption NeededFeature =
        Feature with { Description = "A feature and its level, NAME=LEVEL.", Required = true };

    public static readonly Command Info = new("info", "Print what is in the log directories.", Config);
    public static readonly Command Format = new(
        "format", "Format the log directories.", Config, ClusterId, AddScram, IgnoreFormatted, ReleaseVersion, Feature, Standalone,
            NoInitialControllers, InitialControllers);
    public static readonly Command VersionMapping =
        new("version-mapping", "Print the levels of features that belong to a release.", ReleaseVersion);
    public static readonly Command FeatureDependencies =
        new("feature-dependencies", "Print what a level of a feature needs.", NeededFeature);
    public static readonly Command RandomUuid = new("random-uuid", "Print a random UUID.");
}
