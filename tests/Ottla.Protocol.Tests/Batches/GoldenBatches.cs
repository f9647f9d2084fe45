using System.Text;
using Ottla.Protocol.Batches;

namespace Ottla.Protocol.Tests.Batches;

public sealed record GoldenHeader(string Name, byte[]? Value);

public sealed record GoldenRecord(long Offset, long Timestamp, byte[]? Key, byte[]? Value, IReadOnlyList<GoldenHeader> Headers);

public sealed record GoldenBatch(IReadOnlyDictionary<string, string> Fields, List<GoldenRecord> Records)
{
    public long this[string field] => long.Parse(Fields[field]);

    public CompressionType Compression => Enum.Parse<CompressionType>(Fields["codec"], ignoreCase: true);

    public TimestampType TimestampType => Enum.Parse<TimestampType>(Fields["type"]);

    public bool Is(string flag) => bool.Parse(Fields[flag]);
}

/// <summary>Batches as Apache Kafka writes them with what they mean, from `golden-batches.txt`.</summary>
public sealed record GoldenCase(string Name, byte[] Bytes, List<GoldenBatch> Batches)
{
    public static IReadOnlyList<GoldenCase> All { get; } = Read();

    public static TheoryData<string> Names => [.. All.Select(golden => golden.Name)];

    public static TheoryData<string> LatestNames => [.. All.Where(golden => golden.Batches[0]["magic"] == 2).Select(golden => golden.Name)];

    public static GoldenCase Named(string name) => All.Single(golden => golden.Name == name);

    public override string ToString() => Name;

    private static List<GoldenCase> Read()
    {
        using var stream = typeof(GoldenCase).Assembly.GetManifestResourceStream("golden-batches.txt")!;
        using var reader = new StreamReader(stream);
        var cases = new List<GoldenCase>();
        var name = "";
        while (reader.ReadLine() is { } line)
        {
            var (kind, rest) = line.IndexOf(' ') is var space and > 0 ? (line[..space], line[(space + 1)..]) : (line, "");
            switch (kind)
            {
                case "case": name = rest; break;
                case "bytes": cases.Add(new(name, FromRuns(rest)!, [])); break;
                case "batch": cases[^1].Batches.Add(new(Fields(rest), [])); break;
                case "record": cases[^1].Batches[^1].Records.Add(Record(rest.Split(' '))); break;
            }
        }

        return cases;
    }

    private static Dictionary<string, string> Fields(string line) =>
        line.Split(' ').Select(field => field.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);

    private static GoldenRecord Record(string[] fields)
    {
        string Field(string name) => fields.Single(field => field.StartsWith(name + "=", StringComparison.Ordinal))[(name.Length + 1)..];
        var headers = fields.Where(field => field.StartsWith("header=", StringComparison.Ordinal))
            .Select(field => field["header=".Length..].Split(':'))
            .Select(pair => new GoldenHeader(pair[0], FromRuns(pair[1]))).ToList();
        return new(long.Parse(Field("offset")), long.Parse(Field("time")), FromRuns(Field("key")), FromRuns(Field("value")), headers);
    }

    private static byte[]? FromRuns(string text)
    {
        if (text == "null") return null;
        if (text == "empty") return [];
        var hex = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '(')
            {
                hex.Append(text[i]);
                continue;
            }

            var end = text.IndexOf(')', i);
            var run = text[(i + 1)..end].Split('*');
            for (var n = int.Parse(run[1]); n > 0; n--) hex.Append(run[0]);
            i = end;
        }

        return Convert.FromHexString(hex.ToString());
    }
}
