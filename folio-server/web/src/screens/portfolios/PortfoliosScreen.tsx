import { PageTitle } from '../../shell/PageTitle';
import { text } from '../../text';

export default function PortfoliosScreen() {
  return (
    <div className="column">
      <PageTitle title={text.portfolios.title} />
    </div>
  );
}
