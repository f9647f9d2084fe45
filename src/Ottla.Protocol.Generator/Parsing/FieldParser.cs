using System.Globalization;
using Ottla.Protocol.Generator.Model;

namespace Ottla.Protocol.Generator.Parsing;

/// <summary>Reads the line of a field: VERSIONS NAME TYPE [= DEFAULT] [tag N] [, ignorable].</summary>
internal static class FieldParser
{
    /// <summary>A tag is a varint on the wire; Kafka's own stay below 10 (KIP-482).</summary>
    private const int TagMax = 10_000;

    public static RawField? Parse(SchemaLine line, Versions messageVersions, ProblemList problems)
    {
        var words = new WordReader(line, problems);
        var range = words.Next("versions")!.Value;
        var versions = messageVersions;
        if (!VersionText.TryRead(range.Text, messageVersions, out versions))
        {
            problems.Add(Diagnostics.BadVersions, range, $"'{range.Text}' are no versions; a field begins with '3', '0-3', '12+' or '*'");
            return null;
        }
        if (versions.Intersect(messageVersions).IsEmpty)
            problems.Add(Diagnostics.BadVersions, range, $"no version of the message ({messageVersions}) has this field ({range.Text})");
        if (words.Next("a field's name") is not { } name || words.Next("a type") is not { } type) return null;
        if (!SchemaParser.IsName(name.Text))
            problems.Add(Diagnostics.BadName, name, $"'{name.Text}' is not a name: a capital letter, then letters and digits");
        var @default = words.Skip("=") ? words.Next("a default") : null;
        return ParseModifiers(words, new RawField(name, type, versions.Intersect(messageVersions), @default, -1, default, false), problems);
    }

    private static RawField ParseModifiers(WordReader words, RawField field, ProblemList problems)
    {
        var tag = -1;
        var tagAt = default(Token);
        var ignorable = false;
        while (!words.AtEnd)
        {
            if (words.Next("'tag' or 'ignorable'") is not { } word) break;
            if (word.Text == "ignorable") ignorable = true;
            else if (word.Text != "tag")
                problems.Add(Diagnostics.Syntax, word,
                    $"'{word.Text}' says nothing about a field; expected '= DEFAULT', 'tag N' or 'ignorable'");
            else if (words.Next("a tag's number") is { } number)
            {
                tagAt = number;
                if (!int.TryParse(number.Text, NumberStyles.None, CultureInfo.InvariantCulture, out tag) || tag > TagMax)
                {
                    problems.Add(Diagnostics.BadTag, number, $"'{number.Text}' is not a tag: a number from 0 to {TagMax}");
                    tag = -1;
                }
            }
            if (!words.AtEnd && !words.Expect(",")) break;
            else if (words.AtEnd) break;
        }
        return new RawField(field.Name, field.Type, field.Versions, field.Default, tag, tagAt, ignorable);
    }
}
