using Ottla.Configuration.Definitions;

namespace Ottla.Configuration.Tests.Definitions;

public sealed class QuoteTests
{
    [Fact]
    public void A_message_keeps_its_own_words_and_the_beginning_of_what_was_sent()
    {
        var name = new string('n', 32_760);
        Assert.Equal($"The length of '{new string('n', 199)}... is longer than 249", Quote.Within($"The length of '{name}' is longer than 249"));
        Assert.Null(Quote.Within(null));
        var spaced = string.Join(' ', Enumerable.Repeat("word", 100));
        Assert.Equal(spaced, Quote.Within(spaced));
        Assert.InRange(Quote.Within(string.Join(' ', Enumerable.Repeat("word", 10_000)))!.Length, 4_000, 4_003);
    }
}
