namespace Ottla.Protocol.Tests.Wire;

/// <summary>Bytes of one message in one version as Apache Kafka 4.4.0 writes them, and the values that it read back from them.</summary>
/// <remarks>Three fillings: all empty, all full, and as many nulls and negative numbers as the version allows.</remarks>
public sealed record GoldenMessage(string Name, short Version, string Filling, byte[] Bytes, GoldenValue Values)
{
    public static IReadOnlyDictionary<string, List<GoldenMessage>> ByName { get; } =
        new[] { "wire", "metadata", "coordinator", "raft", "storage" }.SelectMany(Read)
            .GroupBy(golden => golden.Name).ToDictionary(group => group.Key, group => group.ToList());

    public override string ToString() => $"{Name} v{Version} {Filling}";

    private static IEnumerable<GoldenMessage> Read(string family)
    {
        using var stream = typeof(GoldenMessage).Assembly.GetManifestResourceStream($"golden-{family}.txt")!;
        using var lines = new StreamReader(stream);
        while (lines.ReadLine() is { } head)
        {
            var words = head.Split(' ');
            var hex = lines.ReadLine()!.Trim();
            var values = GoldenValue.Parse(lines.ReadLine()!);
            yield return new GoldenMessage(words[0], short.Parse(words[1]), words[2], hex == "-" ? [] : Convert.FromHexString(hex), values);
        }
    }
}
