using Microsoft.CodeAnalysis;

namespace Ottla.Protocol.Generator.Tests;

public sealed class MessageCodeTests
{
    private const string EveryFeature =
        """
        # Every type and every remark that a field can have.
        api 3 Metadata, served by broker and controller

        request 1-4, flexible 3+, latest unstable
            *    Flag      bool = true
            *    Small     int8 = -1                  ignorable
            2+   Short     int16 = 7
            *    Port      uint16
            *    Number    int32 = -2147483648
            *    Crc       uint32 = 4294967295
            *    Long      int64 = 9223372036854775807
            *    Rate      float64
            *    Code      error
            *    Id        uuid
            *    Name      string
            *    Rack      string? = null
            *    Nick      string?(2+)
            2-3  Data      bytes
            *    More      bytes? = null
            *    Records   records?
            *    Numbers   []int32
            *    Names     []string?
            *    Topics    []Topic?(2+)
                 # comments may stand anywhere
                *    Id    uuid
                3+   Leader  Node                   tag 0
                2+   Also    Node
            3+   Cursor    Cursor? = null           tag 1, ignorable
                3+   At    int32
            4+   Other     Node                     tag 0

            struct Node
                *    NodeId  int32 = -1

        response 1-4, flexible 3+
            *    ErrorCode  error
        """;

    [Fact]
    public void Every_feature_of_a_schema_compiles()
    {
        var generation = Generation.Of(EveryFeature);
        Assert.Empty(generation.Problems());
        Assert.Empty(Errors(generation));
    }

    [Fact]
    public void A_structure_whose_name_is_a_property_beside_it_is_suffixed()
    {
        var generation = Generation.Of(
            """
            message Sample
            body 0
                *  Assignment  Assignment
                    *  Partitions  []Partitions
                        *  Partitions  []int32
            """);
        Assert.Empty(generation.Problems());
        Assert.Empty(Errors(generation));
        var source = generation.Source("Wire.Sample.g.cs");
        Assert.Contains("public sealed class AssignmentData", source, StringComparison.Ordinal);
        Assert.Contains("public Sample.AssignmentData Assignment", source, StringComparison.Ordinal);
        Assert.Contains("public sealed class PartitionsData", source, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Wire", "Ottla.Protocol.Messages")]
    [InlineData("Metadata", "Ottla.Protocol.MetadataRecords")]
    [InlineData("Coordinator", "Ottla.Protocol.CoordinatorRecords")]
    [InlineData("Raft", "Ottla.Protocol.RaftRecords")]
    [InlineData("Storage", "Ottla.Protocol.StorageRecords")]
    public void The_folder_gives_the_namespace(string folder, string expected)
    {
        var generation = new Generation(($"/elsewhere/{folder}/Sample.kmsg", "message Sample\nbody 0"));
        Assert.Contains($"namespace {expected};", generation.Source($"{folder}.Sample.g.cs"), StringComparison.Ordinal);
        Assert.Empty(Errors(generation));
    }

    [Fact]
    public void A_record_with_key_and_value_makes_two_messages_of_one_record_key()
    {
        var source = new Generation(("Coordinator/Sample.kmsg",
            "record 6 Sample\nkey 0\n    *  Id  int32\nvalue 0-1, flexible 1+\n    *  Text  string")).Source("Coordinator.Sample.g.cs");
        Assert.Contains("class SampleKey : IStoredRecord<SampleKey>", source, StringComparison.Ordinal);
        Assert.Contains("class SampleValue : IStoredRecord<SampleValue>", source, StringComparison.Ordinal);
        Assert.Equal(2, source.Split("RecordKey => 6;").Length - 1);
    }

    [Fact]
    public void Code_asks_for_the_version_only_where_it_matters()
    {
        var source = Generation.Of(
            """
            message Sample
            body 2-5, flexible *
                *    Always  int32
                4+   Late    []Item
                    4+  Id   int32
                    5   New  int16
            """).Source("Wire.Sample.g.cs");
        Assert.Contains("\n        read.Always = reader.ReadInt32();", source, StringComparison.Ordinal);
        Assert.Contains("if (version >= 4) read._late", source, StringComparison.Ordinal);
        Assert.Contains("\n            read.Id = reader.ReadInt32();", source, StringComparison.Ordinal);
        Assert.Contains("if (version >= 5) read.New", source, StringComparison.Ordinal);
        Assert.DoesNotContain("var flexible", source, StringComparison.Ordinal);
    }

    [Fact]
    public void An_array_is_bounded_by_the_shortest_element_of_any_version()
    {
        var source = Generation.Of(
            """
            message Sample
            body 0-3, flexible 2+
                *    Items  []Item
                    *    Id    uuid
                    0-1  Name  string
                    3+   Port  int32
                    *    Tags  []int32
            """).Source("Wire.Sample.g.cs");
        // Version 2: a uuid, a compact array, the count of tags. Version 0 has 22 bytes, version 3 has 22.
        Assert.Contains("reader.ReadArrayLength(flexible, 18)", source, StringComparison.Ordinal);
    }

    private static IEnumerable<Diagnostic> Errors(Generation generation) =>
        generation.Output.GetDiagnostics().Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning
            && diagnostic.Id != "CS0436");
}
