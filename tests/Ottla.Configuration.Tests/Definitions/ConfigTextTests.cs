using FsCheck;
using FsCheck.Fluent;
using Ottla.Configuration.Catalogs;
using Ottla.Configuration.Definitions;

namespace Ottla.Configuration.Tests.Definitions;

public sealed class ConfigTextTests
{
    [Theory]
    [InlineData(0.5, "0.5")]
    [InlineData(1.0, "1.0")]
    [InlineData(0.0, "0.0")]
    [InlineData(-0.05, "-0.05")]
    [InlineData(0.001, "0.001")]
    [InlineData(0.0001, "1.0E-4")]
    [InlineData(0.00012345, "1.2345E-4")]
    [InlineData(9999999.0, "9999999.0")]
    [InlineData(1e7, "1.0E7")]
    [InlineData(12345678.9, "1.23456789E7")]
    [InlineData(1e22, "1.0E22")]
    [InlineData(1.7976931348623157E308, "1.7976931348623157E308")]
    [InlineData(-2.5e-10, "-2.5E-10")]
    public void A_double_is_written_as_Java_writes_it(double value, string text) => Assert.Equal(text, ConfigText.Write(value));

    [Fact]
    public void A_double_that_was_written_reads_back_as_itself() =>
        Prop.ForAll(ArbMap.Default.ArbFor<NormalFloat>(), value =>
        {
            ConfigText.Read(ConfigType.Double, ConfigText.Write(value.Get), out var read);
            return read.AsDouble().Equals(value.Get);
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("", "")]
    [InlineData("a", "a")]
    [InlineData(" a , b ", "a|b")]
    [InlineData("a,,b", "a||b")]
    [InlineData("a,", "a|")]
    public void A_list_is_cut_at_its_commas_with_the_blanks_around_them(string text, string items)
    {
        Assert.True(TopicConfigs.Catalog["follower.replication.throttled.replicas"].Type == ConfigType.List);
        Assert.Equal(items.Length == 0 ? [] : items.Split('|'), ConfigText.SplitList(text));
    }

    [Theory]
    [InlineData("retention.ms", " 77 ", "77")]
    [InlineData("retention.ms", "+7", "7")]
    [InlineData("index.interval.bytes", "007", "7")]
    [InlineData("preallocate", "TRUE", "true")]
    [InlineData("min.cleanable.dirty.ratio", ".25", "0.25")]
    [InlineData("cleanup.policy", "compact , delete", "compact,delete")]
    [InlineData("compression.gzip.level", "-1", "-1")]
    [InlineData("leader.replication.throttled.replicas", "*", "*")]
    [InlineData("leader.replication.throttled.replicas", "0:1,0:1", "0:1,0:1")]
    [InlineData("cleanup.policy", "delete,delete", "delete")]
    [InlineData("cleanup.policy", " compact, delete ,compact", "compact,delete")]
    [InlineData("cleanup.policy", "", "")]
    [InlineData("retention.ms", "\u0665", "5")]
    [InlineData("retention.ms", "\u00017\u0000", "7")]
    [InlineData("retention.ms", "9223372036854775807", "9223372036854775807")]
    [InlineData("min.cleanable.dirty.ratio", "0.5f", "0.5")]
    [InlineData("min.cleanable.dirty.ratio", "0.5D", "0.5")]
    [InlineData("min.cleanable.dirty.ratio", "1.", "1.0")]
    [InlineData("min.cleanable.dirty.ratio", "+5e-1", "0.5")]
    [InlineData("min.cleanable.dirty.ratio", "0x1p-1", "0.5")]
    [InlineData("min.cleanable.dirty.ratio", "0X.8P0d", "0.5")]
    [InlineData("min.cleanable.dirty.ratio", "0x0.00000000000000000000001p91", "0.5")]
    [InlineData("min.cleanable.dirty.ratio", "-0", "-0.0")]
    [InlineData("min.cleanable.dirty.ratio", "NaN", "NaN")]
    public void A_value_is_shown_in_its_plain_spelling(string name, string text, string shown)
    {
        Assert.True(TopicConfigs.Catalog[name].TryParse(text, out var value, out _));
        Assert.Equal(shown, value.ToText());
    }

    [Theory]
    [InlineData("retention.ms", "0x5", "Invalid value 0x5 for configuration retention.ms: Not a number of type LONG")]
    [InlineData("retention.ms", "5L", "Invalid value 5L for configuration retention.ms: Not a number of type LONG")]
    [InlineData("retention.ms", "1_000", "Invalid value 1_000 for configuration retention.ms: Not a number of type LONG")]
    [InlineData("retention.ms", "+", "Invalid value + for configuration retention.ms: Not a number of type LONG")]
    [InlineData("retention.ms", "\u00a05", "Invalid value \u00a05 for configuration retention.ms: Not a number of type LONG")]
    [InlineData("min.cleanable.dirty.ratio", "infinity",
        "Invalid value infinity for configuration min.cleanable.dirty.ratio: Not a number of type DOUBLE")]
    [InlineData("min.cleanable.dirty.ratio", "0x1.8",
        "Invalid value 0x1.8 for configuration min.cleanable.dirty.ratio: Not a number of type DOUBLE")]
    [InlineData("min.cleanable.dirty.ratio", "0x1f",
        "Invalid value 0x1f for configuration min.cleanable.dirty.ratio: Not a number of type DOUBLE")]
    [InlineData("min.cleanable.dirty.ratio", ".",
        "Invalid value . for configuration min.cleanable.dirty.ratio: Not a number of type DOUBLE")]
    [InlineData("min.cleanable.dirty.ratio", "1e",
        "Invalid value 1e for configuration min.cleanable.dirty.ratio: Not a number of type DOUBLE")]
    [InlineData("min.cleanable.dirty.ratio", "1,000",
        "Invalid value 1,000 for configuration min.cleanable.dirty.ratio: Not a number of type DOUBLE")]
    [InlineData("min.cleanable.dirty.ratio", "Infinity",
        "Invalid value Infinity for configuration min.cleanable.dirty.ratio: Value must be no more than 1")]
    [InlineData("cleanup.policy", "delete,", "Configuration 'cleanup.policy' values must not be empty.")]
    [InlineData("cleanup.policy", "foo,", "Invalid value foo, for configuration cleanup.policy: String must be one of: compact, delete")]
    [InlineData("leader.replication.throttled.replicas", "w, w",
        "Invalid value [w, w] for configuration leader.replication.throttled.replicas: leader.replication.throttled.replicas must be the "
        + "literal '*' or a list of replicas in the following format: [partitionId]:[brokerId],[partitionId]:[brokerId],...")]
    [InlineData("retention.ms", "never", "Invalid value never for configuration retention.ms: Not a number of type LONG")]
    [InlineData("retention.ms", "-5", "Invalid value -5 for configuration retention.ms: Value must be at least -1")]
    [InlineData("retention.ms", "9223372036854775808",
        "Invalid value 9223372036854775808 for configuration retention.ms: Not a number of type LONG")]
    [InlineData("min.insync.replicas", "0", "Invalid value 0 for configuration min.insync.replicas: Value must be at least 1")]
    [InlineData("min.insync.replicas", "2147483648",
        "Invalid value 2147483648 for configuration min.insync.replicas: Not a number of type INT")]
    [InlineData("preallocate", "maybe", "Invalid value maybe for configuration preallocate: Expected value to be either true or false")]
    [InlineData("compression.gzip.level", "0",
        "Invalid value 0 for configuration compression.gzip.level: Value must be between 1 and 9 or equal to -1")]
    [InlineData("compression.zstd.level", "23", "Invalid value 23 for configuration compression.zstd.level: Value must be no more than 22")]
    [InlineData("min.cleanable.dirty.ratio", "1.5",
        "Invalid value 1.5 for configuration min.cleanable.dirty.ratio: Value must be no more than 1")]
    [InlineData("compression.type", "GZIP",
        "Invalid value GZIP for configuration compression.type: String must be one of: uncompressed, zstd, lz4, snappy, gzip, producer")]
    [InlineData("cleanup.policy", "foo", "Invalid value foo for configuration cleanup.policy: String must be one of: compact, delete")]
    [InlineData("message.timestamp.type", "createtime",
        "Invalid value createtime for configuration message.timestamp.type: String must be one of: CreateTime, LogAppendTime")]
    public void A_bad_value_is_refused_in_Kafkas_words(string name, string text, string message)
    {
        Assert.False(TopicConfigs.Catalog[name].TryParse(text, out _, out var error));
        Assert.Equal(message, error.WireMessage);
    }

    [Theory]
    [InlineData("log.retention.ms", "-5",
        "log.retention.ms=-5 is not allowed: a whole number of ms from -1 (no limit) to 9223372036854775807. (server.properties, line 14)")]
    [InlineData("num.partitions", "0",
        "num.partitions=0 is not allowed: a whole number from 1 to 2147483647. (server.properties, line 14)")]
    [InlineData("compression.gzip.level", "10",
        "compression.gzip.level=10 is not allowed: a whole number from 1 to 9, or -1. (server.properties, line 14)")]
    [InlineData("log.cleaner.min.cleanable.ratio", "2",
        "log.cleaner.min.cleanable.ratio=2 is not allowed: a number from 0 to 1. (server.properties, line 14)")]
    [InlineData("process.roles", "king", "process.roles=king is not allowed: a list of broker, controller. (server.properties, line 14)")]
    [InlineData("group.consumer.migration.policy", "no",
        "group.consumer.migration.policy=no is not allowed: one of DISABLED, DOWNGRADE, UPGRADE, BIDIRECTIONAL (in any case). "
        + "(server.properties, line 14)")]
    [InlineData("auto.create.topics.enable", "yes",
        "auto.create.topics.enable=yes is not allowed: true or false. (server.properties, line 14)")]
    [InlineData("socket.request.max.bytes", "lots",
        "socket.request.max.bytes=lots is not allowed: a whole number of bytes from 1 to 2147483647. (server.properties, line 14)")]
    public void A_bad_value_is_explained_to_people_with_what_is_allowed_and_where_it_stands(string name, string text, string message)
    {
        Assert.False(BrokerConfigs.Catalog[name].TryParse(text, out _, out var error));
        Assert.Equal(message, error.Explain("server.properties, line 14"));
    }

    [Theory]
    [InlineData("by_duration:PT1H", true)]
    [InlineData("by_duration:P2DT3H4M5.5S", true)]
    [InlineData("earliest", true)]
    [InlineData("EARLIEST", false)]
    [InlineData("by_duration:-PT1H", false)]
    [InlineData("by_duration:P", false)]
    [InlineData("by_duration:PT", false)]
    [InlineData("by_duration:P1H", false)]
    [InlineData("by_duration:PT1M2H", false)]
    [InlineData("by_duration:PT1.5H", false)]
    [InlineData("never", false)]
    public void An_offset_reset_is_a_word_or_a_duration(string text, bool isAllowed) =>
        Assert.Equal(isAllowed, GroupConfigs.Catalog["share.auto.offset.reset"].TryParse(text, out _, out _));

    [Theory]
    [InlineData("*", true)]
    [InlineData("", true)]
    [InlineData("0:1,1:2", true)]
    [InlineData("a", false)]
    [InlineData("0:", false)]
    [InlineData("0", false)]
    public void Throttled_replicas_are_all_or_a_list_of_partition_and_broker(string text, bool isAllowed) =>
        Assert.Equal(isAllowed, TopicConfigs.Catalog["leader.replication.throttled.replicas"].TryParse(text, out _, out _));
}
