using Ottla.Client.Consuming;
using Ottla.Client.Producing;
using Ottla.Client.Settings;
using Ottla.Protocol.Batches;

namespace Ottla.Client.Tests;

public sealed class ClientSettingsTests
{
    [Fact]
    public void Settings_by_their_Kafka_names_become_options()
    {
        var producer = ProducerOptions.From(Of(("acks", "1"), ("linger.ms", "7"), ("compression.type", "zstd"), ("batch.size", "99")));
        Assert.Equal((Acks.Leader, 7, CompressionType.Zstd, 99),
            (producer.Acks, producer.LingerMs, producer.Compression, producer.BatchSizeBytes));
        Assert.False(producer.Idempotent);
        var consumer =
            ConsumerOptions.From(Of(("group.id", "g"), ("auto.offset.reset", "earliest"), ("isolation.level", "read_committed")));
        Assert.Equal(("g", AutoOffsetReset.Earliest, IsolationLevel.ReadCommitted),
            (consumer.GroupId, consumer.AutoOffsetReset, consumer.IsolationLevel));
    }

    [Theory]
    [InlineData("linger.ms", "soon", "Invalid value soon for configuration linger.ms: Not a number of type LONG")]
    [InlineData("batch.size", "many", "Invalid value many for configuration batch.size: Not a number of type INT")]
    [InlineData("batch.size", "-1", "Invalid value -1 for configuration batch.size: Value must be at least 0")]
    [InlineData("acks", "7", "Invalid value 7 for configuration acks: String must be one of: all, -1, 0, 1")]
    [InlineData("enable.idempotence", "maybe",
        "Invalid value maybe for configuration enable.idempotence: Expected value to be either true or false")]
    public void A_value_that_is_not_allowed_is_told_with_its_name(string name, string value, string message) =>
        Assert.Equal(message, Assert.Throws<SettingException>(() => ProducerOptions.From(Of((name, value)))).Message);

    [Fact]
    public void Idempotence_without_all_acks_is_refused() =>
        Assert.Throws<SettingException>(() => ProducerOptions.From(Of(("enable.idempotence", "true"), ("acks", "1"))));

    [Fact]
    public void A_client_that_is_told_to_encrypt_does_not_go_on_without() =>
        Assert.Contains("SASL_SSL", Assert.Throws<SettingException>(() =>
            ClientOptions.From(Of(("bootstrap.servers", "a:1"), ("security.protocol", "SASL_SSL")))).Message);

    private static ClientSettings Of(params (string Name, string Value)[] settings) =>
        new(settings.ToDictionary(s => s.Name, s => s.Value));
}
