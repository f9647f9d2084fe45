using Ottla.Configuration.Patterns;

namespace Ottla.Configuration.Tests.Patterns;

public sealed class JavaPatternTests
{
    private const string Names = "a ab A b B k aa 1 _ - . a.b Abc abc a-b a_b x Z aab axb";

    /// <summary>What java.util.regex of Java 17 matches of the names; `!`: it refuses the pattern.</summary>
    [Theory]
    [InlineData("\\Qa.b\\E", "a.b")]
    [InlineData("\\Qa.b", "a.b")]
    [InlineData("\\Qab\\Ec*", "ab abc")]
    [InlineData("a.b", "a.b a-b a_b aab axb")]
    [InlineData("a\\.b", "a.b")]
    [InlineData("a++b", "ab aab")]
    [InlineData("a*+a", "")]
    [InlineData("(a|ab)++c", "")]
    [InlineData("(?>a*)b", "ab b aab")]
    [InlineData("a{2}", "aa")]
    [InlineData("a{1,2}+a", "")]
    [InlineData("a{x}", "!")]
    [InlineData("a{", "!")]
    [InlineData("*a", "!")]
    [InlineData("[a-z&&[^b]]+", "a k aa x")]
    [InlineData("[^a-z&&[^b]]+", "A b B 1 _ - . Z")]
    [InlineData("[a-c[x-z]]", "a b x")]
    [InlineData("[a-c&&b-d]", "b")]
    [InlineData("[a-c&&[b-d]&&c]", "")]
    [InlineData("[]a]", "a")]
    [InlineData("[^]a]", "A b B k 1 _ - . x Z")]
    [InlineData("[a", "!")]
    [InlineData("[a-]", "a -")]
    [InlineData("[b-a]", "!")]
    [InlineData("[\\w&&[^\\d]]+", "a ab A b B k aa _ Abc abc a_b x Z aab axb")]
    [InlineData("[\\d\\-]+", "1 -")]
    [InlineData("[\\p{Lower}1]+", "a ab b k aa 1 abc x aab axb")]
    [InlineData("[^\\p{Lower}]+", "A B 1 _ - . Z")]
    [InlineData("\\p{Lower}+", "a ab b k aa abc x aab axb")]
    [InlineData("\\p{Alpha}+", "a ab A b B k aa Abc abc x Z aab axb")]
    [InlineData("\\p{Punct}", "_ - .")]
    [InlineData("\\p{javaUpperCase}+", "A B Z")]
    [InlineData("\\p{L}+", "a ab A b B k aa Abc abc x Z aab axb")]
    [InlineData("\\p{Lu}+", "A B Z")]
    [InlineData("\\p{IsAlphabetic}+", "a ab A b B k aa Abc abc x Z aab axb")]
    [InlineData("\\p{Foo}", "!")]
    [InlineData("\\P{Alpha}", "1 _ - .")]
    [InlineData("\\d+", "1")]
    [InlineData("\\D+", "a ab A b B k aa _ - . a.b Abc abc a-b a_b x Z aab axb")]
    [InlineData("\\w+", "a ab A b B k aa 1 _ Abc abc a_b x Z aab axb")]
    [InlineData("\\W", "- .")]
    [InlineData("\\S+", "a ab A b B k aa 1 _ - . a.b Abc abc a-b a_b x Z aab axb")]
    [InlineData("\\h", "")]
    [InlineData("\\H+", "a ab A b B k aa 1 _ - . a.b Abc abc a-b a_b x Z aab axb")]
    [InlineData("\\x61", "a")]
    [InlineData("\\x{61}", "a")]
    [InlineData("\\u0061", "a")]
    [InlineData("\\0141", "a")]
    [InlineData("\\cA", "")]
    [InlineData("\\e", "")]
    [InlineData("\\y", "!")]
    [InlineData("(a)\\1", "aa")]
    [InlineData("(?<n>a)\\k<n>", "aa")]
    [InlineData("(?<n-1>a)", "!")]
    [InlineData("(?i)abc", "Abc abc")]
    [InlineData("(?i:A)b", "ab")]
    [InlineData("(?u)a", "a")]
    [InlineData("(?d)a", "a")]
    [InlineData("(?iu)A", "a A")]
    [InlineData("(?U)a", "a")]
    [InlineData("(?#c)a", "!")]
    [InlineData("(?P<n>a)", "!")]
    [InlineData("(?'n'a)", "!")]
    [InlineData("(?=a)ab", "ab")]
    [InlineData("(?!a).", "A b B k 1 _ - . x Z")]
    [InlineData("(?<=a)b", "")]
    [InlineData("a(?<=a)b", "ab")]
    [InlineData("(a", "!")]
    [InlineData("a)", "!")]
    [InlineData("a|b", "a b")]
    [InlineData("a||b", "a b")]
    [InlineData("()", "")]
    [InlineData("\\bab\\b", "ab")]
    [InlineData("^ab$", "ab")]
    [InlineData("\\Aab\\z", "ab")]
    [InlineData("ab\\Z", "ab")]
    [InlineData(".*", "a ab A b B k aa 1 _ - . a.b Abc abc a-b a_b x Z aab axb")]
    [InlineData("a.*", "a ab aa a.b abc a-b a_b aab axb")]
    [InlineData("[A-Z].+", "Abc")]
    [InlineData("a-b|a_b", "a-b a_b")]
    [InlineData("(abc|Abc)", "Abc abc")]
    [InlineData("[ab]{2}", "ab aa")]
    [InlineData("\\R", "")]
    [InlineData("[a&&]", "a")]
    [InlineData("[&&a]", "a")]
    [InlineData("[a[b]c]", "a b")]
    [InlineData("[[a]]", "a")]
    [InlineData("a**", "!")]
    [InlineData("a+*", "!")]
    [InlineData("\\", "!")]
    public void A_pattern_matches_what_Kafkas_tools_match_by_it(string text, string matches)
    {
        if (matches == "!")
        {
            Assert.ThrowsAny<ArgumentException>(() => new JavaPattern(text));
            return;
        }
        var pattern = new JavaPattern(text);
        Assert.Equal(matches, string.Join(' ', Names.Split(' ').Where(pattern.Matches)));
    }

    [Fact]
    public void A_pattern_that_takes_too_long_is_said_to_and_does_not_keep_who_asks()
    {
        var refused = Assert.Throws<TimeoutException>(() => new JavaPattern("(a|aa)+").Matches(new string('a', 60) + "-"));
        Assert.Contains("takes more than 1 s", refused.Message, StringComparison.Ordinal);
    }
}
