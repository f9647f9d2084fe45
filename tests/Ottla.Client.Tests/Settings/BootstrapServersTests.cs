using Ottla.Client.Settings;

namespace Ottla.Client.Tests.Settings;

public sealed class BootstrapServersTests
{
    [Fact]
    public void A_list_has_hosts_names_and_IPv6_addresses()
    {
        var addresses = BootstrapServers.Parse(" one:9092, 127.0.0.1:1 ,[::1]:65535,PLAINTEXT://two:5");
        Assert.Equal([new("one", 9092), new("127.0.0.1", 1), new("::1", 65535), new("two", 5)], addresses);
        Assert.Equal("[::1]:65535", addresses[2].ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(",")]
    [InlineData("nonsense")]
    [InlineData("host:")]
    [InlineData(":9092")]
    [InlineData("host:0")]
    [InlineData("host:65536")]
    [InlineData("host:-1")]
    public void What_is_no_address_is_named_in_the_error(string text)
    {
        var refused = Assert.Throws<SettingException>(() => BootstrapServers.Parse(text));
        Assert.Contains(text.Trim(','), refused.Message);
        Assert.Contains("bootstrap.servers", refused.Message);
    }
}
