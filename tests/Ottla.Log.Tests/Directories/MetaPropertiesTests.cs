using System.Text;
using Ottla.Log.Directories;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;
using Ottla.Runtime.Platform;

namespace Ottla.Log.Tests.Directories;

public sealed class MetaPropertiesTests
{
    private const string Written = "#\n#Sat Nov 21 04:46:36 UTC 2026\nnode.id=1\ndirectory.id=Nkb_weqNZjg8qopn0qGaJA\nversion=1\ncluster.id=wyPiuQALRvjHAtAYWtw72w\n";

    private readonly MemoryFileSystem _files = new();

    [Fact]
    public void What_Kafka_wrote_is_read()
    {
        Assert.True(MetaProperties.TryParse(Encoding.ASCII.GetBytes(Written), out var properties, out _));
        Assert.Equal("wyPiuQALRvjHAtAYWtw72w", properties.ClusterId);
        Assert.Equal(new BrokerId(1), properties.NodeId);
        Assert.Equal("Nkb_weqNZjg8qopn0qGaJA", properties.DirectoryId.ToString());
    }

    [Theory]
    [InlineData("plain")]
    [InlineData(" with = and : and # and \\ \t and \u00fc")]
    public void Any_cluster_id_reads_back_as_it_was_written(string clusterId)
    {
        var written = new MetaProperties(clusterId, new(7), new Uuid(5, 6));
        Assert.True(MetaProperties.TryParse(written.Format(), out var read, out _));
        Assert.Equal(written, read);
    }

    [Theory]
    [InlineData("version=2\n", "version=2 is not known (0 and 1 are)")]
    [InlineData("version=1\ncluster.id=c\n", "node.id is missing")]
    [InlineData("version=1\nnode.id=1\n", "cluster.id is missing")]
    [InlineData("version=1\ncluster.id=c\nnode.id=x\n", "node.id=x is not a number")]
    [InlineData("version=1\ncluster.id=c\nnode.id=1\ndirectory.id=zz\n", "directory.id=zz is not an id of 22 characters")]
    public void What_does_not_fit_is_named(string text, string expected)
    {
        Assert.False(MetaProperties.TryParse(Encoding.ASCII.GetBytes(text), out _, out var problem));
        Assert.Equal(expected, problem);
    }

    [Fact]
    public void A_directory_of_another_cluster_is_refused()
    {
        Write("/a", new("one", new(1), new Uuid(1, 1)));
        Write("/b", new("two", new(1), new Uuid(2, 2)));
        Assert.Equal("Invalid cluster.id in: /b/meta.properties. Expected one, but read two", Load("/a", "/b").Verify(null, new(1)));
    }

    [Fact]
    public void A_directory_of_another_node_is_refused()
    {
        Write("/a", new("one", new(1), new Uuid(1, 1)));
        Assert.Equal("Invalid node.id in: /a/meta.properties. Expected 2, but read 1", Load("/a").Verify(null, new(2)));
    }

    [Fact]
    public void A_copied_directory_is_refused()
    {
        Write("/a", new("one", new(1), new Uuid(1, 1)));
        Write("/b", new("one", new(1), new Uuid(1, 1)));
        Assert.Contains("/a/meta.properties and /b/meta.properties", Load("/a", "/b").Verify(null, new(1)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_metadata_directory_that_was_never_formatted_is_refused()
    {
        Write("/b", new("one", new(1), new Uuid(1, 1)));
        Assert.StartsWith("No `meta.properties` found in /a", Load("/a", "/b").Verify(null, new(1)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_new_directory_beside_a_formatted_one_is_formatted_with_an_id_of_its_own()
    {
        Write("/a", new("one", new(1), new Uuid(1, 1)));
        var ensemble = Load("/a", "/b");
        Assert.Null(ensemble.Verify(null, new(1)));
        ensemble.FormatEmpty(_files, new Random(1));
        var again = Load("/a", "/b");
        Assert.Equal(["/a", "/b"], again.Formatted.Keys.Order());
        Assert.Equal(("one", new BrokerId(1)), (again.Formatted["/b"].ClusterId, again.Formatted["/b"].NodeId!.Value));
        Assert.NotNull(again.Formatted["/b"].DirectoryId);
        Assert.NotEqual(again.Formatted["/a"].DirectoryId, again.Formatted["/b"].DirectoryId);
    }

    [Fact]
    public void A_directory_without_an_id_gets_one()
    {
        Write("/a", new("one", new(1), null));
        var ensemble = Load("/a");
        ensemble.FormatEmpty(_files, new Random(1));
        Assert.NotNull(Load("/a").Formatted["/a"].DirectoryId);
    }

    [Fact]
    public void A_directory_that_cannot_be_read_leaves_the_others_usable()
    {
        Write("/a", new("one", new(1), new Uuid(1, 1)));
        Write("/b", new("one", new(1), new Uuid(2, 2)));
        var faulty = new FaultyFileSystem(_files, call =>
        {
            if (call.Path.StartsWith("/b", StringComparison.Ordinal)) throw DiskFault.Broken(call.Path);
        });
        var ensemble = MetaPropertiesEnsemble.Load(faulty, ["/a", "/b"], null);
        Assert.Null(ensemble.Verify(null, new(1)));
        Assert.Equal(["/b"], ensemble.Failed.Keys);
        Assert.NotNull(MetaPropertiesEnsemble.Load(faulty, ["/a", "/b"], "/b").Verify(null, new(1)));
    }

    private void Write(string directory, MetaProperties properties)
    {
        _files.CreateDirectory(directory);
        _files.Replace(Path.Combine(directory, MetaProperties.FileName), properties.Format());
    }

    private MetaPropertiesEnsemble Load(params string[] directories) => MetaPropertiesEnsemble.Load(_files, directories, null);
}
