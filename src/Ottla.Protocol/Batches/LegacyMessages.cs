namespace Ottla.Protocol.Batches;

/// <summary>Messages of magic 0 and 1, from before Kafka 0.11: refused on produce, still read from old segments.</summary>
public static class LegacyMessages
{
    private const uint ReflectedPolynomial = 0xedb88320;

    private static readonly uint[] s_crcTable = CrcTable();

    /// <summary>CRC-32 (the one of gzip) of everything from the magic on.</summary>
    internal static uint ComputeCrc(ReadOnlySpan<byte> message)
    {
        var state = uint.MaxValue;
        foreach (var value in message[BatchHeader.MagicPosition..]) state = s_crcTable[(byte)(state ^ value)] ^ state >> 8;
        return ~state;
    }

    private static uint[] CrcTable()
    {
        var table = new uint[256];
        for (var i = 0u; i < table.Length; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++) value = (value & 1) != 0 ? ReflectedPolynomial ^ value >> 1 : value >> 1;
            table[i] = value;
        }

        return table;
    }
}
