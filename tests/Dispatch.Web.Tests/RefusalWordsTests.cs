using Dispatch.Client;
using Dispatch.Contracts;
using Dispatch.Web.Refusals;

namespace Dispatch.Web.Tests;

/// <summary>A page speaks of what is on it: never of calls, headers, ids or places in a message.</summary>
public sealed class RefusalWordsTests
{
    public static TheoryData<RefusalCode> AllCodes => [.. Enum.GetValues<RefusalCode>()];

    [Theory]
    [MemberData(nameof(AllCodes))]
    public void ProtocolWords_AreNeverShown_WhateverTheCode(RefusalCode code)
    {
        string[] spoken =
        [
            "Call Connect for what you hold now; if its time ran out, its draft is kept.", "Send 'Authorization: Bearer <token>' with a fresh token.", "You hold no such assignment.",
            "The lease epoch is not the current one.", "Send a fresh UUID as operationId.", "This connection has not called Connect.", "Read it again and send its version in If-Match.",
            "Repeat with the same Idempotency-Key header.", "$.policy.labels[3]: Use one of: `=`, `!=`.", "The request carries no token, or one that is expired or not ours.", "The body does not fit what this call takes.",
            "Count UTF-16 code units from the beginning of the text, as the API documentation has it.", "This operation id was used before with another payload.", "The text holds a NUL character or half a surrogate pair.",
        ];
        foreach (var sentence in spoken)
        {
            foreach (var words in (RefusalWords[])[RefusalWords.Of(new Refusal { Code = code, Message = sentence, Remedy = sentence }), RefusalWords.Of(new DispatchApiException(400, RefusalCodes.Name(code), sentence, sentence))])
            {
                words.Message.ShouldNotBeEmpty();
                $"{words.Message} {words.Remedy}".ShouldNotMatch(@"Call |Connect\b|Bearer|Authorization|\$|epoch|assignment|operationId|operation id|If-Match|Idempotency|UUID|UTF-16|surrogate|NUL|token|payload|header|\bAPI\b|request|`");
            }
        }
    }

    [Theory]
    [InlineData(RefusalCode.NotEligible, "The worker has answered the task already, or holds another place of it.", "Choose another worker.")]
    [InlineData(RefusalCode.FormMismatch, "Nothing is corrected.", "Correct the text, or give the task back.")]
    [InlineData(RefusalCode.InvalidTransition, "This judgement was disputed before.", "Wait for the decision, or read it in your list of disputes; each judgement can be disputed once.")]
    [InlineData(RefusalCode.AssignmentEnded, "Answered in another tab.", "")]
    public void WhatTheServerSaysToPeople_IsSaidAsItIs(RefusalCode code, string message, string remedy)
    {
        var words = RefusalWords.Of(new Refusal { Code = code, Message = message, Remedy = remedy });
        (words.Message, words.Remedy).ShouldBe((message, remedy));
    }

    [Theory]
    [InlineData("$.policy.accuracy.threshold: 7 is not between 0 and 1", "The accuracy: 7 is not between 0 and 1")]
    [InlineData("$.rank.topShare: 2 is not between 0 and 1", "The share of the leaderboard: 2 is not between 0 and 1")]
    [InlineData("$.policy.something.new: it does not fit", "It does not fit")]
    public void PlaceInAPolicy_HasTheNameItHasOnThePage(string message, string said) =>
        RefusalWords.Of(new DispatchApiException(400, "invalid_policy", message, "")).Message.ShouldBe(said);

    [Fact]
    public void CodeThatThisPageDoesNotKnow_IsARefusalAllTheSame() =>
        RefusalWords.Of(new DispatchApiException(502, "unreadable", "The server answered 502 without a problem.", "Check the address.")).Code.ShouldBeNull();
}
