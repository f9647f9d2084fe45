using Ottla.Protocol.Generator.Model;

namespace Ottla.Protocol.Generator.Parsing;

/// <summary>A type as schemas write it: `int32`, `[]string`, `string?`, `[]Topic?(1+)`.</summary>
internal readonly record struct TypeText(Scalar Scalar, bool IsArray, string Name, Versions Nullable)
{
    private static readonly Dictionary<string, Scalar> Scalars = new()
    {
        ["bool"] = Scalar.Bool,
        ["int8"] = Scalar.Int8,
        ["int16"] = Scalar.Int16,
        ["int32"] = Scalar.Int32,
        ["int64"] = Scalar.Int64,
        ["uint16"] = Scalar.UInt16,
        ["uint32"] = Scalar.UInt32,
        ["float64"] = Scalar.Float64,
        ["error"] = Scalar.Error,
        ["uuid"] = Scalar.Uuid,
        ["string"] = Scalar.String,
        ["bytes"] = Scalar.Bytes,
        ["records"] = Scalar.Records,
    };

    public static bool IsScalar(string name) => Scalars.ContainsKey(name);

    public static TypeText? Read(Token token, Versions messageVersions, ProblemList problems)
    {
        var text = token.Text;
        var nullable = Versions.None;
        var mark = text.IndexOf('?');
        if (mark >= 0)
        {
            var range = text.Substring(mark + 1);
            if (range.Length == 0) nullable = messageVersions;
            else if (range[0] != '(' || range[range.Length - 1] != ')'
                || !VersionText.TryRead(range.Substring(1, range.Length - 2), null, out nullable))
            {
                problems.Add(Diagnostics.BadNullability, token, $"'{text}': what follows '?' are versions in brackets, such as '?(2+)'");
                return null;
            }
            text = text.Substring(0, mark);
        }
        var isArray = text.StartsWith("[]", StringComparison.Ordinal);
        var name = isArray ? text.Substring(2) : text;
        if (!Scalars.TryGetValue(name, out var scalar))
        {
            scalar = Scalar.Structure;
            if (!SchemaParser.IsName(name))
            {
                problems.Add(Diagnostics.UnknownType, token,
                    $"'{name}' is no type; expected {string.Join(", ", Scalars.Keys)} or a structure's name");
                return null;
            }
        }
        var type = new TypeText(scalar, isArray, scalar == Scalar.Structure ? name : "", nullable);
        return type.Check(token, problems) ? type : null;
    }

    private bool Check(Token token, ProblemList problems)
    {
        var isElement = Scalar is Scalar.Structure
            or Scalar.Int8 or Scalar.Int16 or Scalar.Int32 or Scalar.Int64 or Scalar.Uuid or Scalar.String;
        if (IsArray && !isElement)
        {
            problems.Add(Diagnostics.UnknownType, token,
                $"'{token.Text}': arrays hold int8, int16, int32, int64, uuid, string or structures");
            return false;
        }
        if (Nullable.IsEmpty || IsArray || Scalar is Scalar.String or Scalar.Bytes or Scalar.Records or Scalar.Structure) return true;
        problems.Add(Diagnostics.BadNullability, token, $"'{token.Text}': a number, bool, error or uuid cannot be null");
        return false;
    }
}
