using System.Text;
using Ottla.Metadata.Formatting;
using Ottla.Metadata.Image;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Tests.Formatting;

public sealed class StorageFormatterTests
{
    private const string Bootstrap = $"{Disk.LogDirectory}/00000000000000000000-0000000000.checkpoint";

    private readonly Disk _disk = new();

    [Fact]
    public void Formatting_leaves_the_properties_and_the_records_of_a_new_cluster()
    {
        var outcome = _disk.Format(request => request with { LogDirs = ["/data", "/more"] });
        Assert.Null(outcome.Error);
        Assert.Equal(
            [
                "Bootstrap metadata: BootstrapMetadata(records=[ApiMessageAndVersion(FeatureLevelRecord(name='metadata.version', featureLevel=33) at version 0), " +
                "ApiMessageAndVersion(FeatureLevelRecord(name='eligible.leader.replicas.version', featureLevel=1) at version 0), " +
                "ApiMessageAndVersion(FeatureLevelRecord(name='group.version', featureLevel=1) at version 0), " +
                "ApiMessageAndVersion(FeatureLevelRecord(name='share.version', featureLevel=2) at version 0), " +
                "ApiMessageAndVersion(FeatureLevelRecord(name='streams.version', featureLevel=1) at version 0), " +
                "ApiMessageAndVersion(FeatureLevelRecord(name='transaction.version', featureLevel=2) at version 0)], metadataVersionLevel=33, source=format command)",
                "Formatting metadata directory /data with metadata.version 4.4-IV2.",
                "Formatting data directory /more with metadata.version 4.4-IV2.",
            ],
            outcome.Lines);
        var properties = Encoding.ASCII.GetString(_disk.Bytes("/data/meta.properties"));
        Assert.Contains("cluster.id=tests", properties);
        Assert.NotEqual(properties, Encoding.ASCII.GetString(_disk.Bytes("/more/meta.properties")));
        Assert.False(_disk.Files.DirectoryExists("/more/__cluster_metadata-0"));
    }

    /// <summary>Header, six feature levels, footer: but for times and checksums the same bytes as Apache Kafka's tool writes.</summary>
    [Fact]
    public void The_bootstrap_snapshot_has_the_sizes_that_Kafka_writes()
    {
        _disk.Format();
        using var log = _disk.Open();
        Assert.Equal(411, _disk.Bytes(Bootstrap).Length);
        Assert.Equal(
            ["metadata.version=33", "eligible.leader.replicas.version=1", "group.version=1", "share.version=2", "streams.version=1", "transaction.version=2"],
            log.Bootstrap.Records.Select(record => (FeatureLevelRecord)record.Record).Select(feature => $"{feature.Name}={feature.FeatureLevel}"));
        Assert.Null(log.Bootstrap.Voters);
    }

    [Fact]
    public void A_standalone_node_is_its_own_voter_by_the_id_of_its_directory()
    {
        var outcome = _disk.Format(Dynamic(InitialVoters.Standalone));
        Assert.Equal("Formatting dynamic metadata voter directory /data with metadata.version 4.4-IV2.", outcome.Lines[1]);
        using var log = _disk.Open();
        var voter = Assert.Single(log.Bootstrap.Voters!.Voters);
        Assert.Contains($"directory.id={voter.DirectoryId}", Encoding.ASCII.GetString(_disk.Bytes("/data/meta.properties")));
        Assert.Equal((1, 9093), (log.Bootstrap.Voters.KRaftVersion, voter.Endpoints[0].Port));
    }

    [Fact]
    public void Initial_controllers_give_the_directory_the_id_by_which_others_know_it()
    {
        const string Named = "1@localhost:9093:AAAAAAAAAAAAAAAAAAAB9A,2@localhost:9094:AAAAAAAAAAAAAAAAAAAB9Q";
        Assert.Null(_disk.Format(request => Dynamic(InitialVoters.Named)(request) with { NamedVoters = Named }).Error);
        Assert.Contains("directory.id=AAAAAAAAAAAAAAAAAAAB9A", Encoding.ASCII.GetString(_disk.Bytes("/data/meta.properties")));
        using var log = _disk.Open();
        Assert.Equal(2, log.Bootstrap.Voters!.Count);
    }

    [Fact]
    public void A_directory_is_formatted_once()
    {
        _disk.Format();
        var before = _disk.Bytes("/data/meta.properties");
        Assert.Equal(
            "Log directory /data is already formatted. Use --ignore-formatted to ignore this directory and format the others.",
            _disk.Format().Error);
        Assert.Equal(["All of the log directories are already formatted."], _disk.Format(request => request with { IgnoreFormatted = true }).Lines);
        Assert.Equal(
            "Invalid cluster.id in: /data/meta.properties. Expected other, but read tests",
            _disk.Format(request => request with { IgnoreFormatted = true, ClusterId = "other" }).Error);
        Assert.Equal(before, _disk.Bytes("/data/meta.properties"));
    }

    [Fact]
    public void What_was_interrupted_before_the_properties_were_written_is_formatted_again()
    {
        _disk.Format();
        _disk.Files.DeleteFile("/data/meta.properties");
        Assert.Null(_disk.Format(request => request with { ReleaseVersion = "4.0" }).Error);
        using var log = _disk.Open();
        Assert.Equal(25, ((FeatureLevelRecord)log.Bootstrap.Records[0].Record).FeatureLevel);
    }

    [Fact]
    public void Features_and_releases_choose_the_levels()
    {
        Assert.Null(_disk.Format(request => request with { Features = [("metadata.version", 7), ("transaction.version", 2)] }).Error);
        using var log = _disk.Open();
        Assert.Equal(
            ["metadata.version=7", "transaction.version=2"],
            log.Bootstrap.Records.Select(record => (FeatureLevelRecord)record.Record).Select(feature => $"{feature.Name}={feature.FeatureLevel}"));
    }

    public static TheoryData<Func<FormatRequest, FormatRequest>, string> Refused => new()
    {
        { request => request with { ReleaseVersion = "1.0" }, "Unknown metadata.version '1.0'. Supported metadata.version are: 3.3-IV3, 3.4-IV0," },
        { request => request with { Features = [("no.such", 1)] }, "Unsupported feature: no.such. Supported features are: eligible.leader.replicas.version, " },
        { request => request with { Features = [("share.version", 9)] }, "No feature:share.version with feature level 9" },
        {
            request => request with { ReleaseVersion = "3.9", Features = [("eligible.leader.replicas.version", 1)] },
            "eligible.leader.replicas.version could not be set to 1 because it depends on metadata.version level 23"
        },
        { request => request with { Voters = InitialVoters.Standalone }, "You cannot specify controller.quorum.voters and format the node with" },
        { request => request with { HasStaticVoters = false }, "Because controller.quorum.voters is not set on this controller, you must specify one" },
        { request => Dynamic(InitialVoters.Standalone)(request) with { Features = [("kraft.version", 0)] }, "Cannot set kraft.version to 0 if controller.quorum.voters is empty" },
        { request => Dynamic(InitialVoters.Named)(request) with { NamedVoters = "nonsense" }, "No @ found in dynamic voter string." },
        { request => request with { Scram = ["SCRAM-SHA-256=[name=alice]"] }, "You must supply one of 'password' or 'saltedpassword' to add-scram" },
        { request => request with { Scram = ["SCRAM-SHA-256=[password=x]"] }, "You must supply 'name' to add-scram" },
        { request => request with { Scram = ["SCRAM-MD5=[name=a,password=x]"] }, "The add-scram mechanism SCRAM-MD5 is not supported." },
        { request => request with { Scram = ["SCRAM-SHA-256=[name=a,password=x,iterations=5]"] }, "The 'iterations' value must be >= 4096 for add-scram" },
        { request => request with { ReleaseVersion = "3.4", Scram = ["SCRAM-SHA-256=[name=a,password=x]"] }, "SCRAM is only supported in metadata.version 3.5-IV2 or later." },
    };

    [Theory]
    [MemberData(nameof(Refused), DisableDiscoveryEnumeration = true)]
    public void What_is_asked_wrongly_is_refused_and_nothing_is_written(Func<FormatRequest, FormatRequest> change, string words)
    {
        Assert.StartsWith(words, _disk.Format(change).Error);
        Assert.False(_disk.Files.DirectoryExists("/data"));
    }

    /// <summary>The example of RFC 7677: user and password "pencil", with its salt and 4096 rounds.</summary>
    [Fact]
    public void A_credential_is_derived_as_the_standard_says()
    {
        Assert.Null(ScramArgument.TryParse("SCRAM-SHA-256=[name=user,password=\"pencil\",salt=\"W22ZaJ0SNY7soEsUEjb6gQ==\"]", out var record));
        Assert.Equal(("user", 1, 4096), (record.Name, record.Mechanism, record.Iterations));
        Assert.Equal("WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=", Convert.ToBase64String(record.StoredKey.Span));
        Assert.Equal("wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=", Convert.ToBase64String(record.ServerKey.Span));
    }

    [Fact]
    public void Credentials_stand_behind_the_features()
    {
        Assert.Null(_disk.Format(request => request with { Scram = ["SCRAM-SHA-512=[name=bob,password=x,iterations=8192]"] }).Error);
        using var log = _disk.Open();
        Assert.Equal((sbyte)2, Assert.IsType<UserScramCredentialRecord>(log.Bootstrap.Records[^1].Record).Mechanism);
    }

    private static Func<FormatRequest, FormatRequest> Dynamic(InitialVoters voters) => request => request with { HasStaticVoters = false, Voters = voters };

    [Theory]
    [InlineData("/old/__cluster_metadata-0", "Found unexpected metadata location in data directory /old/__cluster_metadata-0")]
    [InlineData("/old/weather-0", "The metadata log in /new is empty, but /old/weather-0 holds a partition")]
    public void Metadata_that_would_begin_anew_beside_data_are_not_formatted(string folder, string problem)
    {
        Assert.True(_disk.Format(request => request with { LogDirs = ["/old"], MetadataLogDir = "/old" }).IsOk);
        _disk.Files.DeleteDirectory("/old/__cluster_metadata-0");
        _disk.Files.CreateDirectory(folder);
        _disk.Files.Replace($"{folder}/partition.metadata", "version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAABQ"u8);
        FormatRequest Anew(FormatRequest request) => request with { LogDirs = ["/new", "/old"], MetadataLogDir = "/new", IgnoreFormatted = true };

        Assert.Contains(problem, _disk.Format(Anew).Error);
        Assert.False(_disk.Files.FileExists("/new/meta.properties"));
        _disk.Files.DeleteDirectory(folder);
        Assert.True(_disk.Format(Anew).IsOk);
    }

    [Fact]
    public void A_voter_among_others_may_get_an_empty_metadata_directory_beside_its_data()
    {
        Assert.True(_disk.Format(request => request with { LogDirs = ["/old"], MetadataLogDir = "/old" }).IsOk);
        _disk.Files.DeleteDirectory("/old/__cluster_metadata-0");
        _disk.Files.CreateDirectory("/old/weather-0");
        _disk.Files.Replace("/old/weather-0/partition.metadata", "version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAABQ"u8);
        Assert.True(_disk.Format(request => request with { LogDirs = ["/old"], MetadataLogDir = "/new", IgnoreFormatted = true, IsOneOfSeveral = true }).IsOk);
    }
}
