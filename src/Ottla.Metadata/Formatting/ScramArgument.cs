using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Ottla.Protocol.MetadataRecords;

namespace Ottla.Metadata.Formatting;

/// <summary>One `--add-scram SCRAM-SHA-256=[name=alice,password=...]` of `storage format`: the credential that a cluster begins with
/// (KIP-900).</summary>
public static class ScramArgument
{
    public const int IterationsMin = 4096;

    /// <summary>Above this the broker would spend too long on each login.</summary>
    public const int IterationsMax = 16384;

    private const int SaltBytes = 24;

    /// <returns>What is wrong with the argument; null where the record was made.</returns>
    public static string? TryParse(string argument, out UserScramCredentialRecord record)
    {
        record = new UserScramCredentialRecord();
        var equals = argument.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0) return $"Failed to find equals sign in SCRAM argument '{argument}'";
        var mechanism = argument[..equals];
        if (mechanism is not ("SCRAM-SHA-256" or "SCRAM-SHA-512")) return $"The add-scram mechanism {mechanism} is not supported.";
        var body = argument[(equals + 1)..].Trim();
        if (body.Length < 2 || body[0] != '[' || body[^1] != ']') return $"Expected configuration string to start with [ and end with ]: {argument}";
        if (Fields(body[1..^1], out var fields) is { } wrong) return wrong;
        if (!fields.TryGetValue("name", out var name)) return "You must supply 'name' to add-scram";
        return Make(name, mechanism == "SCRAM-SHA-256" ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA512, fields, record);
    }

    /// <summary>The keys that the broker stores for a password (RFC 5802).</summary>
    public static void Fill(UserScramCredentialRecord record, HashAlgorithmName hash, byte[] saltedPassword, byte[] salt, int iterations)
    {
        var isSmall = hash == HashAlgorithmName.SHA256;
        byte[] Keyed(string text)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            return isSmall ? HMACSHA256.HashData(saltedPassword, bytes) : HMACSHA512.HashData(saltedPassword, bytes);
        }

        var clientKey = Keyed("Client Key");
        record.Mechanism = isSmall ? (sbyte)1 : (sbyte)2;
        record.Salt = salt;
        record.StoredKey = isSmall ? SHA256.HashData(clientKey) : SHA512.HashData(clientKey);
        record.ServerKey = Keyed("Server Key");
        record.Iterations = iterations;
    }

    private static string? Make(string name, HashAlgorithmName hash, Dictionary<string, string> fields, UserScramCredentialRecord record)
    {
        var iterations = IterationsMin;
        if (fields.TryGetValue("iterations", out var text) && !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out iterations))
            return $"The 'iterations' value {text} is not a number for add-scram";
        if (iterations < IterationsMin) return $"The 'iterations' value must be >= {IterationsMin} for add-scram";
        if (iterations > IterationsMax) return $"The 'iterations' value must be <= {IterationsMax} for add-scram";
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        if (fields.TryGetValue("salt", out var saltText) && !TryDecode(saltText, out salt)) return "The 'salt' value is not base64 for add-scram";
        byte[] salted;
        if (fields.TryGetValue("password", out var password))
        {
            if (fields.ContainsKey("saltedpassword")) return "You must supply one of 'password' or 'saltedpassword' to add-scram";
            var bytes = Encoding.UTF8.GetBytes(password.Normalize(NormalizationForm.FormKC));
            salted = Rfc2898DeriveBytes.Pbkdf2(bytes, salt, iterations, hash, hash == HashAlgorithmName.SHA256 ? 32 : 64);
        }
        else if (fields.TryGetValue("saltedpassword", out var saltedText))
        {
            if (saltText is null) return "You must supply 'salt' with 'saltedpassword' to add-scram";
            if (!TryDecode(saltedText, out salted)) return "The 'saltedpassword' value is not base64 for add-scram";
        }
        else
        {
            return "You must supply one of 'password' or 'saltedpassword' to add-scram";
        }

        record.Name = name;
        Fill(record, hash, salted, salt, iterations);
        return null;
    }

    private static bool TryDecode(string text, out byte[] bytes)
    {
        bytes = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, bytes, out var length)) return false;
        bytes = bytes[..length];
        return true;
    }

    /// <summary>`name=alice,password="a,b"`: values may stand in quotes.</summary>
    private static string? Fields(string body, out Dictionary<string, string> fields)
    {
        fields = new Dictionary<string, string>(StringComparer.Ordinal);
        var rest = body.AsSpan().Trim();
        while (!rest.IsEmpty)
        {
            var equals = rest.IndexOf('=');
            if (equals < 0) return $"Failed to find equals sign in '{rest}'";
            var key = rest[..equals].Trim().ToString();
            rest = rest[(equals + 1)..].TrimStart();
            string value;
            if (rest.StartsWith("\""))
            {
                var end = rest[1..].IndexOf('"');
                if (end < 0) return $"Expected a closing quote after '{key}'";
                value = rest[1..(end + 1)].ToString();
                rest = rest[(end + 2)..].TrimStart();
            }
            else
            {
                var end = rest.IndexOf(',');
                value = (end < 0 ? rest : rest[..end]).Trim().ToString();
                rest = end < 0 ? default : rest[end..];
            }

            if (key is not ("name" or "password" or "salt" or "iterations" or "saltedpassword")) return $"Unknown SCRAM configuration key {key}";
            if (!fields.TryAdd(key, value)) return $"Duplicate SCRAM configuration key {key}";
            if (rest.IsEmpty) break;
            if (rest[0] != ',') return $"Expected a comma before '{rest}'";
            rest = rest[1..].TrimStart();
        }

        return null;
    }
}
