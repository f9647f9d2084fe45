using System.Text;

namespace Ottla.Cli.Options;

/// <summary>The table of a tool's options: names at the left, sentences at the right, 80 columns.</summary>
internal static class OptionTable
{
    private const int Columns = 80;
    private const int LeftColumnsMax = 38;

    public static void Write(TextWriter output, IEnumerable<Option> options)
    {
        var rows = options.OrderBy(option => option.Name, StringComparer.Ordinal).Select(option =>
            (Left: Left(option), Right: Right(option))).ToList();
        var width = Math.Min(LeftColumnsMax, rows.Max(row => row.Left.Length)) + 2;
        output.WriteLine("Option".PadRight(width) + "Description");
        output.WriteLine("------".PadRight(width) + "-----------");
        foreach (var (left, right) in rows)
        {
            var lefts = Wrap(left, width - 2, "  ");
            var rights = Wrap(right, Columns - width, "");
            for (var i = 0; i < Math.Max(lefts.Count, rights.Count); i++)
            {
                output.WriteLine(((i < lefts.Count ? lefts[i] : "").PadRight(width) + (i < rights.Count ? rights[i] : "")).TrimEnd());
            }
        }
    }

    private static string Left(Option option) => option.Argument switch
    {
        Argument.None => $"--{option.Name}",
        Argument.Required => $"--{option.Name} <{option.Kind}>",
        _ => $"--{option.Name} [{option.Kind}]",
    };

    private static string Right(Option option) =>
        (option.Required ? "REQUIRED: " : "") + option.Description + (option.Default is { } value ? $" (default: {value})" : "");

    private static List<string> Wrap(string text, int width, string indent)
    {
        var lines = new List<string>();
        var line = new StringBuilder();
        foreach (var word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                lines.Add(line.ToString());
                line.Clear().Append(indent);
            }
            else if (line.Length > 0)
            {
                line.Append(' ');
            }

            line.Append(word);
        }

        lines.Add(line.ToString());
        return lines;
    }
}
