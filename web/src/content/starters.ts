/** What new content begins from: messages that read well as they are, around a layout that takes its looks from the brand. */
import type { Kind, Source } from "./piece";

export interface Starter extends Source { id: string; kind: Kind; title: string; says: string }

/** The layout that new mail stands in where there is none yet: header, message, footer, all from the brand. */
export const LAYOUT: Source = {
  format: "mjml",
  text: `<mjml>
  <mj-head>
    <mj-attributes>
      <mj-all font-family="{{ brand.font }}" />
      <mj-text font-size="16px" line-height="24px" color="{{ brand.text }}" />
      <mj-button background-color="{{ brand.accent }}" border-radius="6px" font-size="16px" />
    </mj-attributes>
    <mj-style inline="inline">
      p { margin: 0 0 12px }
      h1 { margin: 0; font-size: 26px; line-height: 34px }
      h2 { margin: 0; font-size: 20px; line-height: 28px }
      h3 { margin: 0; font-size: 17px; line-height: 24px }
    </mj-style>
  </mj-head>
  <mj-body background-color="{{ brand.background }}">
    <mj-section>
      <mj-column>
        {% if brand.logo %}
          <mj-image src="{{ brand.logo }}" alt="{{ brand.name }}" width="140px" align="left" />
        {% else %}
          <mj-text font-weight="600" color="{{ brand.accent }}">{{ brand.name }}</mj-text>
        {% endif %}
      </mj-column>
    </mj-section>
    {{ content }}
    <mj-section>
      <mj-column>
        <mj-text font-size="13px" line-height="20px" color="#6b7280">
          {{ brand.name }}{% if brand.address %}, {{ brand.address }}{% endif %}<br />
          <a href="{% unsubscribe_url %}">Unsubscribe</a> or <a href="{% manage_subscription_preferences_url %}">choose what you get</a>
        </mj-text>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
`,
};

const mail = (front: string, body: string): Source => ({ format: "mjml", text: `---\nchannel: email\n${front}---\n${body}` });
const card = (inner: string) => `<mj-section background-color="#ffffff" border-radius="8px">\n  <mj-column>\n${inner}  </mj-column>\n</mj-section>\n`;

export const STARTERS: Starter[] = [
  {
    id: "blank", kind: "template", title: "Blank email", says: "One heading and one text, ready to be written over.",
    ...mail("subject: A subject that says why\n", card("    <mj-text><h1>A heading</h1></mj-text>\n    <mj-text>Say it here.</mj-text>\n")),
  },
  {
    id: "welcome", kind: "template", title: "Welcome", says: "Greets somebody by name and asks for one first step.",
    ...mail("subject: Welcome to {{ brand.name }}\npreheader: One thing to try first\n", card(
      '    <mj-text><h1>Hello {{ customer.first_name | default: "there" }},</h1></mj-text>\n    <mj-text>\n      <p>it is good to have you here.</p>\n      <p>Most people start with one small thing. It takes two minutes.</p>\n    </mj-text>\n    <mj-button href="https://example.com/start" align="left">Take the first step</mj-button>\n')),
  },
  {
    id: "nudge", kind: "template", title: "Reminder", says: "Short, from a person, about something left undone.",
    ...mail("subject: Can we help with anything?\n", card(
      '    <mj-text>\n      <p>Hello {{ customer.first_name | default: "there" }},</p>\n      <p>you began and did not finish. Is something in the way? Reply to this mail and a person reads it.</p>\n    </mj-text>\n    <mj-button href="https://example.com/continue" align="left">Go on where you left</mj-button>\n')),
  },
  {
    id: "news", kind: "template", title: "Newsletter", says: "A story with a button, and two columns.",
    ...mail("subject: What is new this month\n", `${card('    <mj-text><h1>What is new</h1></mj-text>\n    <mj-text>The most important thing first, in two sentences.</mj-text>\n    <mj-button href="https://example.com/news" align="left">Read more</mj-button>\n')}<mj-section background-color="#ffffff" border-radius="8px">\n  <mj-column>\n    <mj-text><h2>One more thing</h2></mj-text>\n    <mj-text>And why it matters.</mj-text>\n  </mj-column>\n  <mj-column>\n    <mj-text><h2>And another</h2></mj-text>\n    <mj-text>In the words of those who read it.</mj-text>\n  </mj-column>\n</mj-section>\n`),
  },
  {
    id: "receipt", kind: "template", title: "Receipt", says: "Transactional: it is sent whatever somebody unsubscribed from.",
    ...mail("subject: Your receipt\ntransactional: true\n", card(
      '    <mj-text><h1>Thank you</h1></mj-text>\n    <mj-text>\n      <p>We received your payment of {{ event.amount | default: "the amount shown in your account" }}.</p>\n      <p>Keep this mail for your records.</p>\n    </mj-text>\n')),
  },
  { id: "sms", kind: "template", title: "Text message", says: "One SMS, short.", format: "text", text: '---\nchannel: sms\n---\nHello {{ customer.first_name | default: "there" }}, this is {{ brand.name }}.\n' },
  { id: "push", kind: "template", title: "Push", says: "A title and a line on a phone.", format: "text", text: '---\nchannel: push\ntitle: "{{ brand.name }}"\n---\nThere is something new for you.\n' },
  { id: "layout", kind: "layout", title: "Brand layout", says: "Header and footer from the brand: logo, colours, address, unsubscribe.", ...LAYOUT },
  { id: "snippet", kind: "snippet", title: "Snippet", says: "A piece of text that many messages share.", format: "liquid", text: "Write once, use everywhere.\n" },
];
