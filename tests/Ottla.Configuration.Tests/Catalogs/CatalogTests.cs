using Ottla.Configuration.Catalogs;
using Ottla.Configuration.Definitions;

namespace Ottla.Configuration.Tests.Catalogs;

public sealed class CatalogTests
{
    /// <summary>Configs of a node that are set on a running broker only.</summary>
    private const int DynamicOnly = 3;

    [Fact]
    public void The_catalogs_have_as_many_configs_as_Kafka_has()
    {
        Assert.Equal(379 + DynamicOnly, BrokerConfigs.Catalog.All.Length);
        Assert.Equal(38, TopicConfigs.Catalog.All.Length);
        Assert.Equal(27, GroupConfigs.Catalog.All.Length);
        Assert.Equal(3, ClientMetricsConfigs.Catalog.All.Length);
        Assert.Equal(4, QuotaConfigs.OfClients.All.Length);
        Assert.Equal(1, QuotaConfigs.OfIps.All.Length);
    }

    [Fact]
    public void Every_default_is_accepted_by_its_own_config()
    {
        ConfigCatalog[] catalogs = [BrokerConfigs.Catalog, TopicConfigs.Catalog, GroupConfigs.Catalog, ClientMetricsConfigs.Catalog];
        foreach (var catalog in catalogs)
        {
            foreach (var definition in catalog.All)
            {
                if (definition.DefaultText is not { } text) continue;
                Assert.True(definition.TryParse(text, out var value, out var error), error?.ToString());
                Assert.Equal(text, value.ToText());
            }
        }
    }

    [Fact]
    public void Three_configs_have_no_default_and_are_required()
    {
        var required = BrokerConfigs.Catalog.All.ToArray().Where(definition => definition.IsRequired).Select(definition => definition.Name);
        Assert.Equal(["controller.listener.names", "node.id", "process.roles"], required);
    }

    [Fact]
    public void A_definition_carries_what_Kafka_says_about_it()
    {
        var config = BrokerConfigs.Catalog["log.segment.bytes"];
        Assert.Equal(
            (ConfigType.Int, "1073741824", ConfigImportance.High, UpdateMode.ClusterWide, false),
            (config.Type, config.DefaultText, config.Importance, config.Update, config.IsInternal));
        Assert.Equal(UpdateMode.PerBroker, BrokerConfigs.Catalog["ssl.keystore.location"].Update);
        Assert.Equal(UpdateMode.ReadOnly, BrokerConfigs.Catalog["log.retention.hours"].Update);
        Assert.True(BrokerConfigs.Catalog["unstable.api.versions.enable"].IsInternal);
        Assert.True(BrokerConfigs.Catalog["delegation.token.secret.key"].IsSensitive);
        Assert.Equal(0.9, BrokerConfigs.Catalog["log.cleaner.io.buffer.load.factor"].Default.AsDouble());
        Assert.True(BrokerConfigs.Catalog["broker.rack"].Default.IsNull);
    }

    [Fact]
    public void Every_config_that_a_topic_or_group_falls_back_to_is_a_brokers()
    {
        foreach (var definition in TopicConfigs.Catalog.All)
        {
            if (TopicConfigs.BrokerSynonymOf(definition.Name) is { } name) Assert.Equal(definition.Type, BrokerConfigs.Catalog[name].Type);
        }

        foreach (var definition in GroupConfigs.Catalog.All)
        {
            if (GroupConfigs.BrokerSynonymOf(definition.Name) is { } name) Assert.True(BrokerConfigs.Catalog.Knows(name), name);
        }
    }

    [Fact]
    public void Every_config_of_every_catalog_has_one_or_two_sentences_of_documentation()
    {
        ConfigCatalog[] catalogs =
        [
            BrokerConfigs.Catalog, TopicConfigs.Catalog, GroupConfigs.Catalog, ClientMetricsConfigs.Catalog, QuotaConfigs.OfClients,
            QuotaConfigs.OfIps,
        ];
        foreach (var catalog in catalogs)
        {
            foreach (var definition in catalog.All)
            {
                var text = Documentation.Of(definition.Name);
                Assert.True(text is { Length: > 20 and < 250 } && text.EndsWith('.') && !text.Contains("  "), $"{definition.Name}: {text}");
            }
        }

        Assert.All(Documentation.Names, name => Assert.True(Array.Exists(catalogs, catalog => catalog.Knows(name)), name));
    }

    [Fact]
    public void Every_config_that_we_claim_to_obey_is_known()
    {
        Assert.All(Obeyed.AllOfBrokers, name => Assert.True(BrokerConfigs.Catalog.Knows(name), name));
        Assert.All(Obeyed.AllOfTopics, name => Assert.True(TopicConfigs.Catalog.Knows(name), name));
    }

    [Theory]
    [InlineData("listener.name.internal.ssl.keystore.location", "ssl.keystore.location")]
    [InlineData("listener.name.internal.scram-sha-256.sasl.jaas.config", "sasl.jaas.config")]
    [InlineData("ssl.keystore.location", "ssl.keystore.location")]
    [InlineData("listener.name.internal", "listener.name.internal")]
    public void A_config_of_one_listener_is_known_by_its_end(string name, string baseName) =>
        Assert.Equal(baseName, ListenerConfigs.BaseNameOf(name));
}
