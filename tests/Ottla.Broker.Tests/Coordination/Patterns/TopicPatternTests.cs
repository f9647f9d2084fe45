using Ottla.Broker.Coordination;
using Ottla.Broker.Coordination.Consumer.Patterns;

namespace Ottla.Broker.Tests.Coordination.Patterns;

public sealed class TopicPatternTests
{
    private static readonly string[] _names = PatternCases.Names.Split(' ');

    public static TheoryData<string, string> Cases() => new(PatternCases.All);

    [Theory, MemberData(nameof(Cases))]
    public void A_pattern_matches_what_Kafka_matches_by_it_or_is_refused_as_there(string text, string matches)
    {
        var isPattern = TopicPattern.TryParse(text, out var pattern, out var reason);
        Assert.True(isPattern == (matches != "!"), $"{text}: {reason}");
        if (pattern is null) return;
        Assert.Equal(matches, string.Join(' ', _names.Where(pattern.Matches)));
        // what was learned the first time says the same
        Assert.Equal(matches, string.Join(' ', _names.Where(pattern.Matches)));
    }

    [Theory]
    [InlineData("a[", "missing closing ]")]
    [InlineData("(a", "missing closing )")]
    [InlineData("a**", "invalid nested repetition operator")]
    [InlineData("*a", "missing argument to repetition operator")]
    [InlineData("a{1,1001}", "invalid repeat count")]
    [InlineData(@"\p{Foo}", "invalid character class range")]
    [InlineData(@"a\Z", "invalid escape sequence")]
    [InlineData("(?=a)", "invalid or unsupported Perl syntax")]
    public void The_reason_is_Kafkas(string text, string reason)
    {
        Assert.False(TopicPattern.TryParse(text, out _, out var told));
        Assert.Equal(reason, told);
    }

    [Theory]
    [InlineData("(x+x+)+y")]
    [InlineData("(a|aa|a?)*b")]
    [InlineData("(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)[^a]{100}")]
    [InlineData("(.*a){1,30}.{0,60}b")]
    [InlineData("(a?){240}a{240}")]
    [InlineData("(.{0,50}a.{0,50}b?){3}")]
    [InlineData(".*a.{1,100}.*a.{1,100}c")]
    public void Time_is_bounded_whatever_the_pattern(string text)
    {
        Assert.True(TopicPattern.TryParse(text, out var pattern, out _));
        var name = new string('a', 249);
        // a matcher that tries ways one after the other would not come back
        for (var i = 0; i < 200; i++) pattern.Matches(name[..(i + 49)]);
    }

    [Fact]
    public void What_would_become_too_large_or_too_deep_is_refused()
    {
        var wide = "(a?b?c?d?e?f?g?h?){1000}";
        foreach (var text in new[] { "((a{0,200}){0,200}){0,200}", wide + wide + wide, new string('a', Limits.SubscriptionRegexCharsMax + 1) })
            Assert.False(TopicPattern.TryParse(text, out _, out _), text[..20]);
        Assert.False(TopicPattern.TryParse(new string('(', 10_000) + new string(')', 10_000), out _, out var reason));
        Assert.Equal("expression nests too deeply", reason);
        Assert.False(TopicPattern.TryParse("a" + string.Concat(Enumerable.Repeat("*(?i)", 5_000)), out _, out reason));
        Assert.Equal("expression nests too deeply", reason);
    }

    [Fact]
    public void A_list_of_a_thousand_topics_is_a_pattern()
    {
        var topics = Enumerable.Range(0, 1_000).Select(i => $"team-{i}.orders.of.the.day").ToList();
        Assert.True(TopicPattern.TryParse(string.Join('|', topics), out var pattern, out _));
        Assert.All(topics, topic => Assert.True(pattern.Matches(topic)));
        Assert.False(pattern.Matches("team-1000.orders.of.the.day"));
    }

    [Fact]
    public void Whatever_stands_in_a_pattern_it_is_one_or_it_is_refused()
    {
        var random = new Random(11);
        string[] pieces =
        [
            "a", "b", "-", "\\", "[", "]", "(", ")", "{", "}", "*", "+", "?", "|", "^", "$", ".", ":", "1", "2", ",", "\\d", "\\Q", "\\E", "\\p", "(?", "i", "[:",
            ":]", "\ud800", "\U0001F600", "é", "<", ">", "P",
        ];
        for (var i = 0; i < 20_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 14)).Select(_ => pieces[random.Next(pieces.Length)]));
            if (!TopicPattern.TryParse(text, out var pattern, out var reason)) Assert.NotEmpty(reason);
            else _ = _names.Count(pattern.Matches);
        }
    }
}
