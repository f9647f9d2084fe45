using System.Text;
using System.Text.Json;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Raft.Quorum;

/// <summary>What a voter must not forget: the file `quorum-state` beside the metadata log, as Apache Kafka writes it (KIP-595,
/// KIP-853).</summary>
/// <remarks>Version 0 goes with static voters and names them; version 1 goes with dynamic voters and has the voted directory instead.
/// It must be durable before anything is sent or appended in its epoch.</remarks>
public sealed record QuorumState(
    short DataVersion, BrokerId Leader, LeaderEpoch Epoch, BrokerId Voted, Uuid VotedDirectory, string ClusterId, long AppliedOffset, IReadOnlyList<int> VoterIds)
{
    /// <summary>The largest file that is read; Kafka's own has some 200 bytes for a handful of voters.</summary>
    public const int BytesMax = 1 << 16;

    public const string FileName = "quorum-state";

    /// <summary>A node that never voted nor heard of a leader.</summary>
    public static readonly QuorumState None = new(0, BrokerId.None, new LeaderEpoch(0), BrokerId.None, Uuid.Zero, "", 0, []);

    /// <summary>The state of a leader as of the moment when it takes over.</summary>
    public static QuorumState LeaderOf(LeaderEpoch epoch, BrokerId leader, Voters.VoterSet voters) => new(
        voters.KRaftVersion >= 1 ? (short)1 : (short)0, leader, epoch, BrokerId.None, Uuid.Zero, "", 0, [.. voters.Voters.Select(voter => voter.Id.Value)]);

    /// <exception cref="MalformedMessageException">The bytes are not such a file.</exception>
    public static QuorumState Read(ReadOnlySpan<byte> json)
    {
        try
        {
            return ReadFields(new Utf8JsonReader(json));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new MalformedMessageException($"{FileName} is not what a quorum writes: {e.Message}");
        }
    }

    private static QuorumState ReadFields(Utf8JsonReader reader)
    {
        var state = None with { Epoch = LeaderEpoch.None };
        int? version = null;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new FormatException("no object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            switch (name)
            {
                case "data_version": version = reader.GetInt32(); break;
                case "clusterId": state = state with { ClusterId = reader.GetString() ?? "" }; break;
                case "leaderId": state = state with { Leader = new BrokerId(reader.GetInt32()) }; break;
                case "leaderEpoch": state = state with { Epoch = new LeaderEpoch(reader.GetInt32()) }; break;
                case "votedId": state = state with { Voted = new BrokerId(reader.GetInt32()) }; break;
                case "appliedOffset": state = state with { AppliedOffset = reader.GetInt64() }; break;
                case "votedDirectoryId":
                    if (!Uuid.TryParse(reader.GetString(), out var directory)) throw new FormatException("votedDirectoryId is no id");
                    state = state with { VotedDirectory = directory };
                    break;
                case "currentVoters": state = state with { VoterIds = ReadVoters(ref reader) }; break;
                default: reader.Skip(); break;
            }
        }

        if (version is null) throw new FormatException("data_version is missing");
        if (version is < 0 or > 1) throw new FormatException($"data_version {version} is not known; versions 0 and 1 are");
        return state with { DataVersion = (short)version };
    }

    private static List<int> ReadVoters(ref Utf8JsonReader reader)
    {
        var voters = new List<int>();
        if (reader.TokenType == JsonTokenType.Null) return voters;
        if (reader.TokenType != JsonTokenType.StartArray) throw new FormatException("currentVoters is no array");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("voterId"u8))
            {
                reader.Read();
                voters.Add(reader.GetInt32());
            }
        }

        return voters;
    }

    /// <summary>The file's bytes: the fields in Kafka's order, no white space.</summary>
    /// <remarks>Written by hand: numbers and ids need no writer that first learns which of all letters to escape, at each start.</remarks>
    public byte[] Write() => Encoding.UTF8.GetBytes(ToString());

    public override string ToString()
    {
        var json = new StringBuilder("{", 256);
        if (DataVersion == 0) json.Append("\"clusterId\":\"").Append(ClusterId.Length == 0 ? "" : JsonEncodedText.Encode(ClusterId).ToString()).Append("\",");
        json.Append("\"leaderId\":").Append(Leader.Value).Append(",\"leaderEpoch\":").Append(Epoch.Value).Append(",\"votedId\":").Append(Voted.Value);
        if (DataVersion == 0) AddVoters(json.Append(",\"appliedOffset\":").Append(AppliedOffset));
        else json.Append(",\"votedDirectoryId\":\"").Append(VotedDirectory.ToString()).Append('"');
        return json.Append(",\"data_version\":").Append(DataVersion).Append('}').ToString();
    }

    private void AddVoters(StringBuilder json)
    {
        json.Append(",\"currentVoters\":[");
        for (var i = 0; i < VoterIds.Count; i++) json.Append(i == 0 ? "{\"voterId\":" : ",{\"voterId\":").Append(VoterIds[i]).Append('}');
        json.Append(']');
    }
}
