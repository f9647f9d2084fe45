using System.Buffers;
using Ottla.Protocol.Primitives;

namespace Ottla.Log.Checkpoints;

/// <summary>The first offset that a leader of this epoch wrote (KIP-101).</summary>
public readonly record struct EpochStart(LeaderEpoch Epoch, Offset StartOffset);

/// <summary>`leader-epoch-checkpoint` of a partition: which epoch begins at which offset, both rising.</summary>
/// <remarks>Pure: bytes to entries and back.</remarks>
public static class LeaderEpochCheckpoint
{
    public const string FileName = "leader-epoch-checkpoint";

    /// <summary>A million epochs of one partition.</summary>
    public const int FileBytesMax = 32 << 20;

    public static byte[] Format(IReadOnlyCollection<EpochStart> epochs)
    {
        var text = new ArrayBufferWriter<byte>(16 + epochs.Count * 16);
        CheckpointText.WriteHead(text, epochs.Count);
        foreach (var (epoch, start) in epochs)
        {
            CheckpointText.WriteNumber(text, epoch.Value);
            CheckpointText.WriteByte(text, (byte)' ');
            CheckpointText.WriteNumber(text, start.Value);
            CheckpointText.WriteByte(text, (byte)'\n');
        }

        return text.WrittenSpan.ToArray();
    }

    public static bool TryParse(ReadOnlySpan<byte> file, out List<EpochStart> epochs, out string? problem)
    {
        epochs = [];
        if (!CheckpointText.TryOpen(file, out var text, out problem)) return false;
        epochs.EnsureCapacity(text.Count);
        while (text.NextEntry())
        {
            if (!text.TryNumber(out var epoch) || epoch is < 0 or > int.MaxValue || !text.TryNumber(out var start) || start < 0 || !text.LineEnds)
            {
                problem = text.ProblemOfLine();
                return false;
            }

            epochs.Add(new(new LeaderEpoch((int)epoch), new Offset(start)));
        }

        problem = text.ProblemAtEnd();
        return problem is null;
    }
}
